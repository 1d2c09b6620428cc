// listen.js -- senders that others wrote deliver to `webhook listen`: Node, Python, curl, and bytes
// on raw connections: node listen.js TOOL
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Random, as, checkAsync, bound, end } = require('./wire.js');
const docs = require('./documents.js');
const { directory, run, start, each, until, exchange, hmac, sleep } = require('./servers.js');

const [tool] = process.argv.slice(2);
const SECRET = crypto.randomBytes(32).toString('hex');
const OLD = 'the secret of before';
const dir = directory();
const file = (name, content) => {
    const p = path.join(dir, name);
    fs.writeFileSync(p, content);
    return p;
};
const secrets = ['--secret-file', file('new', `${SECRET}\n`), '--secret-file', file('old', OLD)];
as('listen');
bound(150);

/* ---- listeners and deliveries ---- */

async function listen(...args) {
    const given = ['listen', '--port', '0', ...secrets, ...args];
    const l = await start(tool, given, /^webhook: listening on 127\.0\.0\.1:([0-9]+)$/);
    l.port = Number(l.match[1]);
    return l;
}

let count = 0;
const now = () => Math.floor(Date.now() / 1000);

// one envelope, signed: {id, fields, body, line}; line is what listen is to print
function delivery(text = '{"total":99.99}', { id, secret = SECRET, timestamp = now() } = {}) {
    id ??= `event_${++count}`;
    const time = '2025-01-15T10:30:00.5Z';
    const body = `{ "timestamp": "${time}", "payload":${text}, "$id":"${id}","event":"a.b.c"}`;
    return {
        id,
        body,
        fields: {
            'Content-Type': 'application/json',
            'X-Appwrite-Webhook-Timestamp': String(timestamp),
            'X-Appwrite-Webhook-Signature': hmac(secret, timestamp, body),
        },
        line:
            `{"id":"${id}","event":"a.b.c","timestamp":"2025-01-15T10:30:00.500Z",` +
            `"payload":${text.replace(/[\r\n]/g, ' ')}}`,
    };
}

function head(d, { line = 'POST / HTTP/1.1', fields = {}, length = true } = {}) {
    const all = { Host: 'localhost', ...d.fields, ...fields };
    if (length) all['Content-Length'] = Buffer.byteLength(d.body);
    const lines = Object.entries(all).flatMap(([k, v]) => [v].flat().map((w) => `${k}: ${w}\r\n`));
    return `${line}\r\n${lines.join('')}\r\n`;
}

const raw = (d, more) => head(d, more) + d.body;
const statuses = (text) => (text.match(/^HTTP\/1\.1 [0-9]{3}/gm) ?? []).map((s) => s.slice(9));
const answers = (n) => (text) => statuses(text).length >= n && text.endsWith('\r\n\r\n');

async function ask(l, bytes, n = 1, more = {}) {
    const r = await exchange(l.port, bytes, { enough: answers(n), ...more });
    return { ...r, got: statuses(r.text).join(' ') };
}

// all of lines are printed, once each and in whatever order; no other since `from`
async function printed(l, from, lines, same) {
    await until(() => l.out.length >= from + lines.length);
    await sleep(20); // what should not be there would follow at once
    const got = l.out.slice(from).sort();
    const wanted = [...lines].sort();
    same(wanted.length, got.length, 'the number of lines');
    wanted.forEach((line, i) => same(line, got[i], `line ${i}`));
}

/* ---- Node ---- */

function post(l, d, { agent, chunked = false } = {}) {
    return new Promise((resolve, reject) => {
        const fields = { ...d.fields };
        if (!chunked) fields['Content-Length'] = Buffer.byteLength(d.body);
        const request = http.request(
            {
                port: l.port,
                host: '127.0.0.1',
                method: 'POST',
                path: '/a/b?c',
                headers: fields,
                agent,
            },
            (answer) => answer.resume().on('end', () => resolve(answer.statusCode)),
        );
        request.on('error', reject);
        if (!chunked) return request.end(d.body);
        const bytes = Buffer.from(d.body);
        const step = Math.max(1, Math.ceil(bytes.length / 5));
        for (let i = 0; i < bytes.length; i += step) request.write(bytes.subarray(i, i + step));
        request.end();
    });
}

function texts(n) {
    const r = new Random(21);
    const list = ['{}', '[]', '""', 'null', '"\\ud800"', '{"10":1,"9":2}', '[\n1,\r\n2\n]'];
    list.push('['.repeat(63) + ']'.repeat(63), `"${'é'.repeat(500000)}"`, '12345678901234567890');
    while (list.length < n) {
        const text = docs.document(r).trim();
        if (docs.stricter(`[${text}]`, { RANGE: 1, LIMIT: 1, DUPLICATE: 1 }) === null)
            list.push(text);
    }
    return list;
}

async function node(l, same) {
    const from = l.out.length;
    const sent = [];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await each(texts(40), async (text, i) => {
        const d = delivery(text);
        sent.push(d);
        const more = { agent: i % 2 ? agent : undefined, chunked: i % 3 === 0 };
        same(200, await post(l, d, more), text);
    });
    agent.destroy();
    for (const text of texts(15)) {
        const d = delivery(text, { secret: OLD });
        sent.push(d);
        const url = `http://127.0.0.1:${l.port}/`;
        const r = await fetch(url, { method: 'POST', headers: d.fields, body: d.body });
        same(200, r.status, `fetch ${text}`);
    }
    await printed(
        l,
        from,
        sent.map((d) => d.line),
        same,
    );
}

/* ---- Python ---- */

async function python(l, same) {
    const from = l.out.length;
    const r = await run('python3', ['-B', path.join(__dirname, 'sender.py'), l.port, SECRET]);
    same(0, r.code, r.err);
    const told = r.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    same(39, told.length, r.err);
    for (const t of told) same(200, t.status, `${t.how} ${t.line}`);
    await printed(
        l,
        from,
        told.map((t) => t.line),
        same,
    );
}

/* ---- curl ---- */

const WRITE = '%{http_code} %{num_connects} %{size_upload} %{http_version}\n';

function curlArgs(l, d, more = []) {
    const fields = Object.entries(d.fields).flatMap(([k, v]) => ['-H', `${k}: ${v}`]);
    const body = ['--data-binary', `@${file(d.id, d.body)}`];
    const url = `http://127.0.0.1:${l.port}/hook`;
    return [
        '-sS',
        '-o',
        path.join(dir, 'answer'),
        '-w',
        WRITE,
        '-m',
        '15',
        ...fields,
        ...body,
        ...more,
        url,
    ];
}

const curl = (...args) => run('curl', ['-q', ...args.flat(2)], { env: { no_proxy: '*' } });
const large = `"${'0123456789'.repeat(300000)}"`;
const EXPECT = ['-H', 'Expect: 100-continue', '--expect100-timeout', '30', '-v'];

async function curls(l, same) {
    const from = l.out.length;
    const sent = [];
    const one = async (text, more, wanted) => {
        const d = delivery(text);
        sent.push(d);
        const r = await curl(curlArgs(l, d, more));
        same(wanted(Buffer.byteLength(d.body)), r.out, `${more} ${r.err}`);
        return r;
    };
    await one(undefined, [], (n) => `200 1 ${n} 1.1\n`);
    await one('"é"', ['-0'], (n) => `200 1 ${n} 1.1\n`);
    await one(large, ['-0', '-H', 'Expect:'], (n) => `200 1 ${n} 1.1\n`);
    await one(undefined, ['--http2'], (n) => `200 1 ${n} 1.1\n`);
    await one('[1]', ['-H', 'Transfer-Encoding: chunked'], () => /^200 1 [0-9]+ 1\.1\n$/);
    await one(large, ['-H', 'Transfer-Encoding: chunked'], () => /^200 1 [0-9]+ 1\.1\n$/);
    await one('[2]', ['--compressed', '-A', '', '-H', 'Accept:'], (n) => `200 1 ${n} 1.1\n`);
    const r = await one(large, EXPECT, (n) => `200 1 ${n} 1.1\n`);
    same(/< HTTP\/1\.1 100 Continue/, r.err, 'the word that it waits for');
    const kept = [delivery('1'), delivery('2'), delivery(large), delivery('3')];
    sent.push(...kept);
    const two = await curl(kept.map((d, i) => [...(i ? ['--next'] : []), ...curlArgs(l, d)]));
    const sizes = kept.map((d, i) => `200 ${i ? 0 : 1} ${Buffer.byteLength(d.body)} 1.1\n`);
    same(sizes.join(''), two.out, `four on one connection: ${two.err}`);
    await printed(
        l,
        from,
        sent.map((d) => d.line),
        same,
    );
}

// answered from the head alone: not a byte of the body has left
async function curlsRefused(l, same) {
    const from = l.out.length;
    const nothing = async (d, wanted, more = []) => {
        const r = await curl(curlArgs(l, d, [...EXPECT, ...more]));
        same(`${wanted} 1 0 1.1\n`, r.out, r.err);
        same(false, /100 Continue/.test(r.err), r.err);
    };
    await nothing(delivery(large, { timestamp: now() - 301 }), 401);
    await nothing(delivery(large, { timestamp: now() + 400 }), 401);
    await nothing(delivery(`"${large.repeat(2).replaceAll('"', '')}"`), 413);
    const unsigned = delivery(large);
    delete unsigned.fields['X-Appwrite-Webhook-Signature'];
    await nothing(unsigned, 401);
    await nothing(delivery(large), 405, ['-X', 'PUT']);

    // also a sender that does not ask before it sends hears why it is refused, each time
    const much = `"${large.repeat(5).replaceAll('"', '')}"`;
    for (let i = 0; i < 8; i++) {
        const r = await curl(curlArgs(l, delivery(much), ['-H', 'Expect:']));
        same(/^413 1 [0-9]+ 1\.1\n$/, r.out, r.err);
    }
    const forged = await curl(curlArgs(l, delivery(large, { secret: 'another secret' })));
    same(/^401 /, forged.out, forged.err);
    const url = `http://127.0.0.1:${l.port}/`;
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']) {
        const args = method === 'HEAD' ? ['-I'] : ['-X', method, '-i'];
        const r = await curl('-sS', '-m', '10', ...args, url);
        same(/^HTTP\/1\.1 405 [\s\S]*\r\nAllow: POST\r\n/, r.out, `${method} ${r.err}`);
    }
    await printed(l, from, [], same);
}

/* ---- forged, repeated, malformed ---- */

async function forged(l, same) {
    const from = l.out.length;
    const d = delivery('{"customer":"John Doe"}');
    const changed = { ...d, body: d.body.replace('John', 'Jonn') };
    const signature = d.fields['X-Appwrite-Webhook-Signature'];
    const field = (value) => ({ fields: { 'X-Appwrite-Webhook-Signature': value } });
    const time = (value) => ({ fields: { 'X-Appwrite-Webhook-Timestamp': value } });
    const without = (name) => {
        const fields = { ...d.fields };
        delete fields[name];
        return { ...d, fields };
    };
    const rows = [
        ['a byte of the body', raw(changed)],
        ['another secret', raw(delivery('1', { secret: 'another secret' }))],
        [
            'a digit of the signature',
            raw(d, field(signature.replace(/.$/, (c) => (c === '0' ? 1 : 0)))),
        ],
        ['half a signature', raw(d, field(signature.slice(0, 32)))],
        ['no signature', raw(without('X-Appwrite-Webhook-Signature'))],
        ['an empty one', raw(d, field(''))],
        ['the same one twice', raw(d, field([signature, signature]))],
        ['two in one field', raw(d, field(`${signature},${signature}`))],
        ['no timestamp', raw(without('X-Appwrite-Webhook-Timestamp'))],
        ['another timestamp', raw(d, time(String(now() - 1)))],
        ['two timestamps', raw(d, time([String(now()), String(now())]))],
        ['a timestamp with a fraction', raw(d, time(`${now()}.0`))],
        ['stale', raw(delivery('1', { timestamp: now() - 310 }))],
        ['of the future', raw(delivery('1', { timestamp: now() + 310 }))],
    ];
    for (const [what, bytes] of rows) same('401', (await ask(l, bytes)).got, what);
    await printed(l, from, [], same);
}

async function repeated(l, same) {
    const from = l.out.length;
    const d = delivery('{"once":true}');
    const retry = delivery('{"once":true}', { id: d.id, timestamp: now() - 30 });
    const upper = d.fields['X-Appwrite-Webhook-Signature'].toUpperCase();
    same('200', (await ask(l, raw(d))).got, 'new');
    same('200', (await ask(l, raw(d))).got, 'the same request');
    same('200', (await ask(l, raw(retry))).got, 'a retry of the same event');
    const spelled = raw(d, { fields: { 'X-Appwrite-Webhook-Signature': `sha256=${upper}` } });
    same('200', (await ask(l, spelled)).got, 'in another spelling');
    await printed(l, from, [d.line], same);
}

// pipelined, torn, and refused in the middle: the connection goes on
async function together(l, same) {
    const from = l.out.length;
    const d = Array.from({ length: 6 }, (_, i) => delivery(`{"i":${i}}`));
    const bad = { ...d[1], body: d[1].body.replace('{"i":1}', '{"i":2}') };
    const all = [d[0], bad, d[2], d[0], d[3]].map((x) => raw(x)).join('');
    same('200 401 200 200 200', (await ask(l, all, 5)).got, 'in one piece');
    const chunks = (text) =>
        [...text].map((c) => `1;x="y"\r\n${c}\r\n`).join('') + '0\r\nA: b\r\n\r\n';
    const chunked = (x) =>
        head(x, { length: false, fields: { 'Transfer-Encoding': 'chunked' } }) + chunks(x.body);
    const pieces = (text, n) => text.match(new RegExp(`[\\s\\S]{1,${n}}`, 'g'));
    const torn = await ask(l, pieces(chunked(d[4]) + raw(d[5]), 17), 2);
    same('200 200', torn.got, 'chunked, in pieces of 17 bytes');
    const last = delivery('"last"');
    const closed = await ask(l, raw(last, { fields: { Connection: 'close' } }) + raw(d[0]), 9);
    same('200 closed', `${closed.got} ${closed.how}`, 'after Connection: close nothing is read');
    same(/\r\nConnection: close\r\n/i, closed.text, 'and it says so');
    const half = delivery('"half"');
    same(
        '200 closed',
        await ask(l, raw(half), 9, { half: true }).then((r) => `${r.got} ${r.how}`),
        'the sender has closed its side',
    );
    const taken = [d[0], d[2], d[3], d[4], d[5], last, half];
    await printed(
        l,
        from,
        taken.map((x) => x.line),
        same,
    );
}

async function malformed(l, same) {
    const from = l.out.length;
    const d = delivery();
    const f = (fields, more = {}) => raw(d, { fields, ...more });
    const envelope = (body) => {
        const t = now();
        const fields = {
            ...d.fields,
            'X-Appwrite-Webhook-Timestamp': String(t),
            'X-Appwrite-Webhook-Signature': hmac(SECRET, t, body),
        };
        return Buffer.concat([Buffer.from(head({ body, fields })), Buffer.from(body)]);
    };
    const rows = [
        ['length and chunked', f({ 'Transfer-Encoding': 'chunked' }), 400],
        ['two lengths', f({ 'content-length': '5' }), 400],
        ['a length with a sign', f({ 'Content-Length': '+5' }, { length: false }), 400],
        ['another coding', f({ 'Transfer-Encoding': 'gzip, chunked' }, { length: false }), 400],
        ['no host', raw({ ...d }).replace('Host: localhost\r\n', ''), 400],
        ['two hosts', f({ host: 'x' }), 400],
        ['a folded line', raw(d).replace('localhost', 'localhost\r\n folded'), 400],
        ['a blank before the colon', raw(d).replace('Host:', 'Host :'), 400],
        ['bare line feeds', raw(d).replaceAll('\r\n', '\n'), 400],
        ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 400],
        ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400],
        ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
        ['a field without end', `${head(d).slice(0, -2)}X-Long: ${'x'.repeat(70000)}`, 431],
        [
            'a thousand fields',
            f(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`X-${i}`, '1']))),
            431,
        ],
        ['no JSON', envelope('hello'), 400],
        ['an empty body', envelope(''), 400],
        ['JSON that is no envelope', envelope('{"event":"a.b","payload":1}'), 400],
        ['a field twice', raw(delivery('1,"payload":2')), 400],
        ['64 levels of payload', raw(delivery('['.repeat(64) + ']'.repeat(64))), 400],
        [
            'not UTF-8',
            envelope(Buffer.from('{"$id":"a","event":"a","timestamp":"\xff"}', 'latin1')),
            400,
        ],
    ];
    for (const [what, bytes, wanted] of rows) {
        const r = await ask(l, bytes);
        same(String(wanted), r.got, `${what}: ${r.how} ${r.text.slice(0, 200)}`);
    }
    await printed(l, from, [], same);
}

/* ---- the command itself ---- */

async function counted(same) {
    const l = await listen('--count', '3');
    const sent = Array.from({ length: 3 }, (_, i) => delivery(`${i}`));
    for (const d of [sent[0], sent[0], sent[1], sent[2]])
        same('200', (await ask(l, raw(d))).got, d.id);
    same(0, await l.ended, 'its exit status after three printed lines');
    same(sent.map((d) => d.line).join('\n'), l.out.join('\n'), 'the lines');
    const none = await run(tool, ['listen', '--port', '0'], {
        env: { WEBHOOK_SECRET: '' },
        limit: 5,
    });
    same(2, none.code, `without a secret: ${none.err}`);
    const taken = await listen();
    const again = await run(tool, ['listen', '--port', String(taken.port), ...secrets], {
        limit: 5,
    });
    same(1, again.code, `a port that is taken: ${again.err}`);
    taken.child.kill('SIGTERM');
    same(0, await taken.ended, 'its exit status at SIGTERM');
}

// what was seen is known after a restart, also after one that came as a shock
async function restarted(same) {
    const state = ['--state', path.join(dir, 'state')];
    const d = [delivery('1'), delivery('2')];
    const first = await listen(...state);
    same('200', (await ask(first, raw(d[0]))).got, 'new');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await listen(...state);
    same('200 200', (await ask(second, raw(d[0]) + raw(d[1]), 2)).got, 'seen, and new');
    await printed(second, 0, [d[1].line], same);
    second.child.kill('SIGINT');
    same(0, await second.ended, 'its exit status at SIGINT');
}

// half a message, then silence; begun early, looked at last
async function slow(l) {
    const d = delivery('"slow"');
    return ask(l, raw(d).slice(0, -5), 9, { limit: 40 });
}

async function main() {
    const l = await listen('--max-body', '5000000');
    const waiting = slow(l);
    await sleep(100);
    await checkAsync('Node, one a connection and many, whole, chunked and fetch', 108, (same) =>
        node(l, same),
    );
    await checkAsync("Python's urllib and http.client, chunked too", 80, (same) => python(l, same));
    await checkAsync('curl: 1.0, chunked, 100-continue, four on a connection', 23, (same) =>
        curls(l, same),
    );
    await checkAsync('curl is refused from the head alone', 25, (same) => curlsRefused(l, same));
    await checkAsync('forged is 401', 15, (same) => forged(l, same));
    await checkAsync('repeated is 200 and not printed', 6, (same) => repeated(l, same));
    await checkAsync('pipelined, torn, refused within', 13, (same) => together(l, same));
    await checkAsync('malformed is 400 or 431', 21, (same) => malformed(l, same));
    await checkAsync('--count, no secret, a port that is taken', 8, counted);
    await checkAsync('--state over a restart', 5, restarted);
    await checkAsync('a sender slower than 30 s is 408', 2, async (same) => {
        const r = await waiting;
        same('408 closed', `${r.got} ${r.how}`, r.text);
        same(true, r.ms > 29900 && r.ms < 32000, `after ${r.ms} ms`);
    });
    l.child.kill('SIGTERM');
    await l.ended;
}

// What breaks off has no last line that counts, and run.sh takes that for a failure.
main()
    .then(end, (e) => console.log(`listen: ${e.stack}`))
    .finally(() => process.exit());
