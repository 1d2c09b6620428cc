// deliver.js -- the mission's own receivers take what `webhook send` delivers, and nothing that was
// changed on the way: node deliver.js TOOL PYTHON, a Python that has Flask
'use strict';
const crypto = require('node:crypto');
const net = require('node:net');
const path = require('node:path');
const { Random, as, checkAsync, bound, end } = require('./wire.js');
const docs = require('./documents.js');
const { run, start, open, each, whole, hmac } = require('./servers.js');

const [tool, python] = process.argv.slice(2);
const SECRET = crypto.randomBytes(32).toString('hex');
const env = { WEBHOOK_SECRET: SECRET };
as('receivers');
bound(150);

const send = (port, payload, args = [], more = {}) =>
    run(tool, ['send', `http://127.0.0.1:${port}/webhooks/appwrite`, '--allow-private', ...args], {
        input: payload,
        env: { ...env, ...more },
    });

/* ---- payloads ---- */

const levels = (n, open, inner, close) => open.repeat(n) + inner + close.repeat(n);
const mission =
    '{"$id":"order_456","$tableId":"orders","$databaseId":"main",' +
    '"$createdAt":"2025-01-15T10:30:00.000Z","$updatedAt":"2025-01-15T10:30:00.000Z",' +
    '"customer":"John Doe","total":99.99}';

function written() {
    return [
        mission,
        ...['{}', '[]', '""', 'null', 'true', 'false', '0', '-0', ' [ ] \n'],
        // unicode: raw, escaped, and what only looks like a line end
        '"é ß 日本語 😀 \u2028\u2029 \ufeff \uffff \u{10ffff}"',
        '"\\u00e9\\u0000\\u001f\\u007f\\u0080\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\"',
        '{"ключ":"значение","\\u0000":1,"__proto__":{"a":1},"constructor":null,"":""}',
        // lone surrogates, as values and as keys
        '["\\ud800","\\udfff","\\udc00\\ud800","a\\ud83d","\\ud83dx",{"\\udbff":1,"\\udc00":2}]',
        // index keys, which JavaScript moves to the front
        '{"b":0,"10":1,"9":2,"4294967294":3,"4294967295":4,"01":5,"a":6,"-1":7,"1":{"2":0,"0":1}}',
        // 63 levels, and the envelope is the 64th
        levels(63, '[', '', ']'),
        levels(62, '{"a":', '{}', '}'),
        levels(31, '[{"7":', '[]', '}]'),
        // big and small numbers
        '[0,-0,0.1,1e-7,1e-6,1e21,1e20,123456789,1.5,-1.5,99.99,1E5,1e+2,100,1.0]',
        '[9007199254740991,-9007199254740991,9007199254740992,100000000000000000000]',
        '[1.7976931348623157e308,-1.7976931348623157e308,5e-324,2.2250738585072014e-308,1e-400]',
        '[0.30000000000000004,1.0000000000000002,123456.789e3,4.35,0.000001,1.7e-10]',
    ];
}

// about a megabyte each, once as text, once as numbers, once as index keys
function large() {
    const r = new Random(11);
    const texts = Array.from({ length: 9000 }, () => docs.string(r, 60));
    const numbers = Array.from({ length: 70000 }, () => r.u32() / 997);
    const keys = new Set(Array.from({ length: 60000 }, () => r.u32()));
    return [
        `"${'0123456789abcde\u00e9'.repeat(62000)}"`,
        `[${texts.join(',')}]`,
        JSON.stringify(numbers),
        `{${Array.from(keys, (k) => `"${k}":${k % 1000}`).join(',')}}`,
    ];
}

// whatever the grammar allows, in any spelling, but what send refuses as such
function generated(n) {
    const r = new Random(12);
    const list = [];
    while (list.length < n) {
        const text = list.length % 8 === 7 ? docs.nested(r, 63) : docs.document(r);
        const S = { RANGE: 1, LIMIT: 1, DUPLICATE: 1 };
        if (docs.stricter(`[${text}]`, S) === null && docs.changed(text) < 0) list.push(text);
    }
    return list;
}

/* ---- a sender on the way that changes what it hands on ---- */

// change(request) gets the bytes of a whole request and where its body begins
async function between(port, change) {
    const server = net.createServer((from) => {
        let bytes = Buffer.alloc(0);
        from.on('error', () => {});
        from.on('data', (d) => {
            bytes = Buffer.concat([bytes, d]);
            const { length, body } = whole(bytes);
            if (length === 0) return;
            const to = net.connect(port, '127.0.0.1');
            to.on('error', () => from.destroy());
            to.end(change(Buffer.from(bytes.subarray(0, length)), body));
            to.pipe(from);
        });
    });
    return { server, port: await open(server) };
}

// what stands in the request between two texts
const part = (bytes, from, to) => {
    const at = bytes.indexOf(from) + from.length;
    return { at, end: bytes.indexOf(to, at) };
};

// one bit of a byte in a place that leaves the JSON and the head as well-formed as they were
const flip = (from, to, nth) => (bytes) => {
    const { at, end } = part(bytes, from, to);
    bytes[at + Math.min(nth, end - at - 1)] ^= 1;
    return bytes;
};

const LETTERS = 'bcdefghijklmnopqrstuvwxy';
const CHANGES = [
    ['the first letter of a string', flip('"text":"', '"', 0)],
    ['a letter within', flip('"text":"', '"', 11)],
    ['its last letter', flip('"text":"', '"', 999)],
    ['a digit', flip('"number":', '}', 1)],
    ['a letter of a key', flip('"payload":{"', '"', 2)],
    ['the event name', flip('"event":"', '"', 3)],
    ['the event id', flip('"$id":"', '"', 5)],
    ['the time in the envelope', flip('"timestamp":"', '"', 22)],
    ['the timestamp of the head', flip('X-Appwrite-Webhook-Timestamp: ', '\r', 9)],
    ['a digit of the signature', flip('X-Appwrite-Webhook-Signature: ', '\r', 31)],
    ['the last digit of the signature', flip('X-Appwrite-Webhook-Signature: ', '\r', 63)],
];

async function changed(port, same) {
    const payload = `{"text":"${LETTERS}","number":123456}`;
    const args = ['--event', 'orders.o1.create', '--id', 'changed_on_the_way'];
    const attempt = async (change) => {
        const way = await between(port, change);
        const r = await send(way.port, payload, args);
        way.server.close();
        return r;
    };
    for (const [what, change] of CHANGES) {
        const r = await attempt(change);
        same(/^401 in [0-9]+ ms\n$/, r.out, what);
        same(1, r.code, what);
    }
    const r = await attempt((bytes) => bytes);
    same(/^200 in [0-9]+ ms\n$/, r.out, `nothing: ${r.err}`);
}

/* ---- the head of a request ---- */

// answers the bytes of one request that a raw socket was sent
async function caught(args, payload, more = {}) {
    let request;
    const server = net.createServer((socket) => {
        let bytes = Buffer.alloc(0);
        socket.on('error', () => {});
        socket.on('data', (d) => {
            bytes = Buffer.concat([bytes, d]);
            const { head, body, length } = whole(bytes);
            if (length === 0) return;
            request = { head, body: bytes.subarray(body), length };
            socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        });
    });
    const port = await open(server);
    const r = await send(port, payload, args, more);
    server.close();
    const [line, ...fields] = request.head.split('\r\n');
    return { ...r, ...request, port, line, fields };
}

async function heads(same) {
    const args = ['--event', 'users.u1.create', '--id', 'event_123', '--webhook-id', 'hook.1'];
    args.push('--time', '2025-01-15T10:30:00.000Z', '--name', 'Größe 1');
    const before = Math.floor(Date.now() / 1000);
    const r = await caught(args, mission);
    const after = Math.floor(Date.now() / 1000);
    const version = (await run(tool, ['--version'])).out.match(/[0-9]+[.][0-9]+[.][0-9]+/)[0];
    const timestamp = r.fields
        .find((f) => f.startsWith('X-Appwrite-Webhook-Timestamp: '))
        .split(' ')[1];
    const body =
        '{"$id":"event_123","event":"users.u1.create","timestamp":"2025-01-15T10:30:00.000Z",' +
        `"payload":${mission}}`;
    same('POST /webhooks/appwrite HTTP/1.1', r.line, r.head);
    same(body, r.body.toString(), 'the body');
    same(true, timestamp >= before && timestamp <= after, `the timestamp ${timestamp}`);
    const wanted = [
        `Host: 127.0.0.1:${r.port}`,
        'Content-Type: application/json',
        `User-Agent: webhook.h/${version}`,
        'X-Appwrite-Webhook-Id: hook.1',
        'X-Appwrite-Webhook-Events: users.u1.create,users.*.create,users.u1,users.*',
        `X-Appwrite-Webhook-Name: ${Buffer.from('Größe 1').toString('latin1')}`,
        `X-Appwrite-Webhook-Timestamp: ${timestamp}`,
        `X-Appwrite-Webhook-Signature: ${hmac(SECRET, timestamp, body)}`,
        `Content-Length: ${body.length}`,
    ];
    same(wanted.sort().join('\n'), r.fields.sort().join('\n'), 'all fields');

    const basic = (user, pass) =>
        `Authorization: Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`;
    const own = ['--user', 'api_user', '--header', 'X-Own: a  b', '--header=X-Empty:'];
    const more = await caught([...args, ...own], '1', { WEBHOOK_PASS: 'pä:ss' });
    same(true, more.fields.includes(basic('api_user', 'pä:ss')), more.head);
    same(true, more.fields.includes('X-Own: a  b'), more.head);
    same(
        true,
        more.fields.some((f) => /^X-Empty: ?$/.test(f)),
        more.head,
    );
    const given = await caught([...args, '--user', 'api_user', '--pass', 'x'], '1');
    same(true, given.fields.includes(basic('api_user', 'x')), given.head);
}

async function unsigned(same) {
    const args = ['--event', 'a.b', '--no-signature'];
    const r = await caught(args, '1', { WEBHOOK_SECRET: '' });
    same(false, /signature/i.test(r.head), r.head);
    same(true, /^X-Appwrite-Webhook-Timestamp: [0-9]+$/m.test(r.head.replaceAll('\r', '')), r.head);
}

/* ---- all of it ---- */

const event = (i) => ['users.u1.create', 'orders.order_456.update.total', 'a'][i % 3];
const events = (lines) => lines.filter((line) => line.startsWith('Event: '));

async function accepted(server, texts, same) {
    const already = events(server.out).length;
    await each(texts, async (text, i) => {
        const r = await send(server.match[1], text, ['--event', event(i)]);
        same(/^200 in [0-9]+ ms\n$/, r.out, `${r.err}${text}`);
        same(0, r.code, text);
    });
    const printed = events(server.out).slice(already).sort();
    const wanted = texts.map((_, i) => `Event: ${event(i)}`).sort();
    same(wanted.join('\n'), printed.join('\n'), 'what the handler has printed');
}

// what send refuses is never sent
async function refused(server, same) {
    const already = events(server.out).length;
    const texts = ['', '{', '{"a":1,"a":2}', '1e999', '9007199254740993', levels(64, '[', '', ']')];
    for (const text of texts) {
        const r = await send(server.match[1], text, ['--event', 'a.b']);
        same(2, r.code, text);
        same('', r.out, text);
        same(/^webhook: send: /, r.err, text);
    }
    same(already, events(server.out).length, 'what has arrived');
}

async function main() {
    const here = (name) => path.join(__dirname, name);
    const [express, flask, flask11] = await Promise.all([
        start('node', [here('mission.js')], /^port ([0-9]+)$/, env),
        start(python, ['-B', here('mission.py')], /^port ([0-9]+)$/, env),
        start(python, ['-B', here('mission.py')], /^port ([0-9]+)$/, {
            ...env,
            HTTP_VERSION: '1.1',
        }),
    ]);
    const texts = [...written(), ...generated(28)];
    const n = 2 * texts.length + 1;
    await checkAsync('Express: unicode, surrogates, index keys, depth, numbers', n, (same) =>
        accepted(express, texts, same),
    );
    await checkAsync('Express: a megabyte', 9, (same) => accepted(express, large(), same));
    await checkAsync('Flask: unicode, surrogates, index keys, depth, numbers', n, (same) =>
        accepted(flask, texts, same),
    );
    await checkAsync('Flask: a megabyte', 9, (same) => accepted(flask, large(), same));
    await checkAsync('Flask over HTTP/1.1', 20, (same) =>
        accepted(flask11, [...written().slice(0, 20), ...large()], same),
    );
    const m = 2 * CHANGES.length + 1;
    await checkAsync('Express: one byte changed is 401', m, (same) =>
        changed(express.match[1], same),
    );
    await checkAsync('Flask: one byte changed is 401', m, (same) => changed(flask.match[1], same));
    await checkAsync('what is no good payload is refused and not sent', 19, (same) =>
        refused(express, same),
    );
    await checkAsync("the head has the mission's fields and nothing else", 8, heads);
    await checkAsync('without a signature', 2, unsigned);
}

// What breaks off has no last line that counts, and run.sh takes that for a failure.
main()
    .then(end, (e) => console.log(`receivers: ${e.stack}`))
    .finally(() => process.exit());
