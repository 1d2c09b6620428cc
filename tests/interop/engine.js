// engine.js -- the mission's receivers behind the engine: queued, retried, logged; what engine, log
// and receivers have counted is compared: node engine.js ENGINE PYTHON, a Python that has Flask
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Random, as, checkAsync, bound, end } = require('./wire.js');
const { directory, run, start, open, until, whole, hmac } = require('./servers.js');

const [engine, python] = process.argv.slice(2);
const SECRET = crypto.randomBytes(32).toString('hex');
as('engine');
bound(150);

/* ---- receivers ---- */

const here = (name) => path.join(__dirname, name);
const dir = directory();

async function receiver(program, more = {}) {
    const env = { WEBHOOK_SECRET: SECRET, UNSTEADY: 'http', ...more };
    const [file, args] =
        program === 'express'
            ? ['node', [here('mission.js')]]
            : [python, ['-B', here('mission.py')]];
    const r = await start(file, args, /^port ([0-9]+)$/, env);
    const [scheme, host] =
        env.UNSTEADY === 'https' ? ['https', 'localhost'] : ['http', '127.0.0.1'];
    r.url = `${scheme}://${host}:${r.match[1]}/webhooks/appwrite`;
    // requests of these webhooks: {webhook, id, body, timestamp, signature, port, at, status}
    const seen = [];
    let read = 0;
    r.requests = (...webhooks) => {
        for (; read < r.err.length; read++)
            if (r.err[read].startsWith('request ')) seen.push(JSON.parse(r.err[read].slice(8)));
        return seen.filter((q) => webhooks.includes(q.webhook));
    };
    // how many of these events the handler has printed; its threads share the lines
    r.events = (name) => r.out.join(' ').split(`Event: ${name}`).length - 1;
    return r;
}

// all: what receivers of ours have answered is in the log; what they have printed comes a bit later
async function all(receivers, log, same) {
    const webhooks = new Set(log.map((e) => e.webhook));
    const count = () => receivers.reduce((n, r) => n + r.requests(...webhooks).length, 0);
    await until(() => count() >= log.length);
    same(log.length, count(), 'requests that have arrived');
}

const connections = (requests) => new Set(requests.map((q) => q.port)).size;

// certificate: one that stands for localhost, its own authority, and its key behind it
async function certificate(name) {
    const pem = path.join(dir, `${name}.pem`);
    const key = path.join(dir, `${name}.key`);
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const r = await run(
        'openssl',
        ['req', '-x509', ...ec, '-days', '2', '-subj', `/CN=${name}`].concat([
            '-addext',
            'subjectAltName=DNS:localhost',
            '-keyout',
            key,
            '-out',
            pem,
        ]),
    );
    if (r.code !== 0) throw new Error(r.err);
    fs.appendFileSync(pem, fs.readFileSync(key));
    return pem;
}

/* ---- the engine ---- */

const pairs = (o) =>
    Object.entries(o)
        .map(([k, v]) => `\t${k}=${v}`)
        .join('');

class Script {
    constructor(set = {}, ca = undefined) {
        this.lines = [`set${pairs(set)}`];
        if (ca) this.lines.push(`ca\t${ca}`);
        this.count = 0;
    }
    webhook(id, url, events = '*.*', more = {}) {
        const fields = { id, secret: SECRET, name: `the webhook ${id}`, url, events, ...more };
        this.lines.push(`webhook${pairs(fields)}`);
        return this;
    }
    emit(payload, event = 'orders.o1', id = `event_${this.count}`) {
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
        this.lines.push(`emit\t${id}\t${event}\t${text}`);
        this.count++;
        return this;
    }
    wait(ms) {
        this.lines.push(`wait\t${ms}`);
        return this;
    }
    // run: {log, emitted, webhook: arrays in the order of the output, end, code, err}
    async run() {
        const r = await run(engine, [], { input: `${this.lines.join('\n')}\n`, limit: 100 });
        const all = { log: [], emitted: [], webhook: [], end: [] };
        for (const line of r.out.split('\n').slice(0, -1))
            for (const [kind, o] of Object.entries(JSON.parse(line))) all[kind].push(o);
        if (all.end.length !== 1) throw new Error(`engine: ${r.code}: ${r.err}`);
        return { ...r, ...all, end: all.end[0] };
    }
}

const of = (list, webhook) => list.filter((e) => e.webhook === webhook);

// settled: nothing is left of what was accepted, and the log has counted what the engine has
function settled(r, same) {
    const outcomes = (o) => r.log.filter((e) => e.outcome === o).length;
    const accepted = r.emitted.reduce((n, e) => n + e.deliveries, 0);
    const failing = r.webhook.filter((w) => w.failures > 0).length;
    const { delivered, gave_up: gaveUp } = r.end;
    same(0, r.code, r.err);
    same(delivered, outcomes('delivered'), 'delivered');
    same(gaveUp, outcomes('gave up'), 'given up');
    same(accepted, delivered + gaveUp, 'what was accepted');
    same(0, r.end.cancelled + r.end.queued + r.end.events + r.end.in_flight + r.end.left, r.end);
    same(r.webhook.length + failing, r.end.records, 'records in the store');
}

// signed: is what has arrived what the log says, with a signature of its own time?
function signed(request, entry, same) {
    same(entry.payload, request.body, 'the body');
    same(hmac(SECRET, request.timestamp, request.body), request.signature, 'the signature');
    const began = Math.floor(entry.requested_ms / 1000);
    same(String(began), request.timestamp, 'the time of the attempt');
}

/* ---- what is delivered ---- */

const PAYLOADS = [
    '{"$id":"order_456","$createdAt":"2025-01-15T10:30:00.000Z","customer":"Jo","total":99.99}',
    '"é ß 日本語 😀 \u2028\u2029 \ufeff \uffff \u{10ffff}"',
    '"\\u00e9\\u0000\\u001f\\u007f\\u0080\\ud83d\\ude00\\/\\b\\f\\n\\r\\"\\\\"',
    '["\\ud800","\\udfff",{"\\udbff":1}]',
    '{"b":0,"10":1,"9":2,"01":5,"a":6,"1":{"2":0,"0":1}}',
    '[0,-0,0.1,1e-7,1e21,123456789,1E5,100,1.0,9007199254740991,5e-324]',
    `"${'0123456789abcde\u00e9'.repeat(62000)}"`,
    ...['null', '[]', '{}', '0', '""'],
];

async function steady({ express, flask, flask11 }, same) {
    const to = { 'steady.express': express, 'steady.flask': flask, 'steady.flask11': flask11 };
    const s = new Script();
    for (const [id, r] of Object.entries(to)) s.webhook(id, r.url);
    PAYLOADS.forEach((p) => s.emit(p, 'steady.s1'));
    const r = await s.run();
    settled(r, same);
    await all([express, flask, flask11], r.log, same);
    for (const [id, from] of Object.entries(to)) {
        await until(() => from.events('steady.s1') >= PAYLOADS.length);
        same(PAYLOADS.length, from.events('steady.s1'), `what the handler of ${id} has printed`);
        for (const e of of(r.log, id)) {
            const q = from.requests(id).filter((one) => one.id === e.id);
            same('delivered 1 200', `${e.outcome} ${e.attempt} ${e.status}`, e.error);
            same(1, q.length, `${id} ${e.id}`);
            signed(q[0], e, same);
            same(true, e.response_ms < 10000 && e.requested_ms <= e.now_ms, e);
        }
    }
}

// the head: the mission's fields, those of the settings, and nothing else
async function heads({ express }, same) {
    const basic = { user: 'api_user', pass: 'pä:ss', header: 'X-Own: a  b' };
    const r = await new Script()
        .webhook('hook.1', express.url, 'users.*.create', { ...basic, name: 'Größe 1' })
        .webhook('hook.2', express.url, 'users.*.delete')
        .emit('1', 'users.u1.create', 'event_123')
        .run();
    settled(r, same);
    same(1, r.log.length, 'deliveries');
    await all([express], r.log, same);
    const [q] = express.requests('hook.1');
    const version = fs
        .readFileSync(here('../../webhook.h'), 'utf8')
        .match(/VERSION_STRING "(.*)"/)[1];
    const fields = [];
    for (let i = 0; i < q.fields.length; i += 2) fields.push(`${q.fields[i]}: ${q.fields[i + 1]}`);
    const wanted = [
        `Host: ${new URL(express.url).host}`,
        'Content-Type: application/json',
        `User-Agent: webhook.h/${version}`,
        'X-Appwrite-Webhook-Id: hook.1',
        'X-Appwrite-Webhook-Events: users.u1.create,users.*.create,users.u1,users.*',
        `X-Appwrite-Webhook-Name: ${Buffer.from('Größe 1').toString('latin1')}`,
        `X-Appwrite-Webhook-Timestamp: ${q.timestamp}`,
        `X-Appwrite-Webhook-Signature: ${hmac(SECRET, q.timestamp, q.body)}`,
        `Authorization: Basic ${Buffer.from('api_user:pä:ss').toString('base64')}`,
        'X-Own: a  b',
        `Content-Length: ${Buffer.byteLength(q.body)}`,
    ];
    same(wanted.sort().join('\n'), fields.sort().join('\n'), 'all fields');
}

/* ---- what fails and is tried again ---- */

// twice: 500, then 503 with a Retry-After, then taken; each attempt signed anew, the rest the same
async function twice(to, ca, same) {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 4000);
    const after = { plain: '1', longer: '3', dated: date.toUTCString() };
    const ids = Object.keys(to);
    const kind = (id) => id.split('.')[0];
    const plan = {};
    const s = new Script({ base: 1300, factor: 1000, cap: 60000 }, ca);
    for (const id of ids) {
        plan[id] = [500, [503, after[kind(id)]]];
        s.webhook(id, to[id].url);
    }
    s.emit({ plan, total: 99.99 });
    const r = await s.run();
    settled(r, same);
    await all([...new Set(Object.values(to))], r.log, same);
    for (const id of ids) {
        const log = of(r.log, id);
        const q = to[id].requests(id);
        const outcomes = log.map((e) => `${e.attempt} ${e.status} ${e.outcome}`).join(', ');
        same('1 500 retrying, 2 503 retrying, 3 200 delivered', outcomes, id);
        same('500 503 200', q.map((one) => one.status).join(' '), id);
        same('HTTP status 503', log[1].error, id);
        same(1, new Set(q.map((one) => one.id)).size, `${id}: $id`);
        same(1, new Set(q.map((one) => one.body)).size, `${id}: body`);
        same(3, new Set(q.map((one) => one.timestamp)).size, `${id}: timestamps`);
        same(3, new Set(q.map((one) => one.signature)).size, `${id}: signatures`);
        log.forEach((e, i) => signed(q[i], e, same));
        // 1,300 ms, a fifth less or more, and Retry-After where that is longer
        const gap = (i) => log[i].requested_ms - log[i - 1].requested_ms;
        same(true, gap(1) >= 1040 && gap(1) < 5000, `${id}: ${gap(1)} ms`);
        if (kind(id) === 'plain') same(true, gap(2) >= 1040 && gap(2) < 5000, `${gap(2)} ms`);
        if (kind(id) === 'longer') same(true, gap(2) >= 3000 && gap(2) < 7000, `${gap(2)} ms`);
        const early = date - log[2].requested_ms;
        if (kind(id) === 'dated') same(true, early <= 1000 && early > -4000, `${early} ms before`);
    }
}

async function twiceOverHttp({ express, flask, flask11 }, same) {
    await twice({ plain: express, longer: flask, dated: flask11 }, undefined, same);
}

async function twiceOverHttps({ pem, secure }, same) {
    const to = { 'plain.s': secure, 'longer.s': secure, 'dated.s': secure };
    await twice(to, pem, same);
    const n = connections(secure.requests(...Object.keys(to)));
    same(true, n < 9, `${n} connections, 9 requests`);
}

// refused: who has no certificate that stands is told nothing, and that is tried again as well
async function refused({ pem, secure }, same) {
    const rows = [
        [await certificate('stranger'), secure.url, /self.signed|signature failure/],
        [pem, secure.url.replace('localhost', '127.0.0.1'), /IP address mismatch/i],
    ];
    for (const [ca, url, words] of rows) {
        const r = await new Script({ retries: 1, base: 50 }, ca)
            .webhook('refused', url)
            .emit('1')
            .run();
        settled(r, same);
        same('0 retrying, 0 gave up', r.log.map((e) => `${e.status} ${e.outcome}`).join(', '), url);
        for (const e of r.log) same(words, e.error, url);
    }
    same(0, secure.requests('refused').length, 'what was told');
}

// hanging: a receiver that takes all and says nothing; {server, url}
async function hanging() {
    const sockets = new Set();
    const server = net.createServer((socket) => {
        sockets.add(socket);
        server.seen++;
        server.most = Math.max(server.most, sockets.size);
        socket.resume().on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
    });
    Object.assign(server, { seen: 0, most: 0 });
    return { server, url: `http://127.0.0.1:${await open(server)}/` };
}

async function hangs({ express }, same) {
    const hang = await hanging();
    const limit = 4000;
    const s = new Script({ limit, retries: 1, base: 100, slots: 8 });
    s.webhook('good', express.url).webhook('silent', hang.url, 'orders.bad');
    for (let i = 0; i < 40; i++) s.emit('1', i % 20 === 0 ? 'orders.bad' : 'orders.o1').wait(50);
    const r = await s.run();
    settled(r, same);
    same('40 2', `${r.end.delivered} ${r.end.gave_up}`, 'deliveries');
    for (const e of of(r.log, 'silent')) {
        const took = e.now_ms - e.requested_ms;
        same(0, e.status, e.error);
        same(/time limit/, e.error, 'words');
        same(true, took >= limit && took < limit + 2000, `${took} ms`);
    }
    same(4, of(r.log, 'silent').length, 'attempts');
    for (const e of of(r.log, 'good')) same(true, e.now_ms - e.requested_ms < limit, e);
    same(4, hang.server.seen, 'connections of the hanging one');
    same(
        true,
        hang.server.most <= 2,
        `${hang.server.most} of them at once: who is cut off is closed`,
    );
    hang.server.close();
}

/* ---- connections ---- */

async function kept({ express, quick, flask }, same) {
    const burst = new Script({ slots: 16 })
        .webhook('one', express.url, '*.*', { at_once: 1 })
        .webhook('four', express.url, '*.*', { at_once: 4 })
        .webhook('closes', flask.url, '*.*', { at_once: 4 });
    for (let i = 0; i < 60; i++) burst.emit('1');
    // this server hangs up after 100 ms, now and then just when the next request comes
    const late = new Script().webhook('late', quick.url);
    for (let i = 0; i < 30; i++) late.emit('1').wait(85 + 3 * i);
    const runs = await Promise.all([burst.run(), late.run()]);
    await until(() => quick.requests('late').length >= 30);
    await all([express, flask], runs[0].log, same);
    for (const r of runs) {
        settled(r, same);
        for (const e of r.log) same('1 delivered', `${e.attempt} ${e.outcome}`, e.error);
    }
    same(60, express.requests('one').length, 'requests');
    same(60, express.requests('four').length, 'requests');
    const n = connections(express.requests('one', 'four'));
    same(true, n <= 5, `120 requests, 5 at once, in ${n} connections`);
    same(60, connections(flask.requests('closes')), 'HTTP/1.0 keeps none');
    const l = connections(quick.requests('late'));
    same(true, l > 1 && l <= quick.requests('late').length, `30 requests, in ${l} connections`);
    same(30, new Set(quick.requests('late').map((q) => q.id)).size, 'all have arrived');
}

/* ---- a wild mix ---- */

const ANSWERS = {
    chunked: [
        200,
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n',
    ],
    interim: [
        201,
        'HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n',
    ],
    close: [200, 'HTTP/1.1 200 OK\r\n\r\nuntil the close'],
    old: [204, 'HTTP/1.0 204 No Content\r\n\r\n'],
    moved: [
        302,
        'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
    ],
    cut: [0, 'HTTP/1.1 200 O'],
    junk: [0, 'nonsense\r\n\r\n'],
    nothing: [0, ''],
    hang: [0],
};
const WORDS = ['chunked', 'interim', 'close', 'old', 'moved', 'cut', 'junk', 'nothing'];

// odd: a receiver on bare sockets, one request in each connection; {url, requests}
async function odd() {
    const requests = [];
    const counts = new Map();
    const server = net.createServer((socket) => {
        let bytes = Buffer.alloc(0);
        socket.on('error', () => {});
        socket.on('data', (d) => {
            if (socket.writableEnded) return; // a next request, which this end no longer hears
            bytes = Buffer.concat([bytes, d]);
            const { head, body, length } = whole(bytes);
            if (length === 0) return;
            const field = (name) =>
                new RegExp(`^X-Appwrite-Webhook-${name}: (.*)$`, 'm').exec(
                    head.replaceAll('\r', ''),
                )[1];
            const event = JSON.parse(bytes.subarray(body));
            const key = `${field('Id')} ${event.$id}`;
            const n = counts.get(key) ?? 0;
            counts.set(key, n + 1);
            const word = event.payload.plan[field('Id')]?.[n] ?? 'chunked';
            requests.push({
                webhook: field('Id'),
                id: event.$id,
                body: bytes.subarray(body).toString(),
                timestamp: field('Timestamp'),
                signature: field('Signature'),
                status: ANSWERS[word][0],
            });
            if (word !== 'hang') socket.end(ANSWERS[word][1]);
        });
    });
    const port = await open(server);
    const url = `http://127.0.0.1:${port}/`;
    return { server, url, requests: (id) => requests.filter((q) => q.webhook === id) };
}

const STATUSES = [500, 502, 503, [503, '1'], [429, '1'], 400, 404, 410, 301];
const RETRIES = 3;

// planned: what becomes of one delivery, by what its receiver will answer
function planned(plan, last) {
    const statuses = [];
    for (let i = 0; i <= RETRIES; i++) {
        const entry = plan[i] ?? last;
        const status = ANSWERS[entry]?.[0] ?? [entry].flat()[0];
        statuses.push(status || (typeof entry === 'string' ? 0 : 200));
        if (Math.floor(statuses.at(-1) / 100) === 2) break;
    }
    return statuses;
}

async function mix({ pem, express, secure, flask, flask11 }, same) {
    const second = secure ?? express;
    const bare = await odd();
    const nobody = 'http://127.0.0.1:1/';
    // webhook: its receiver, what its plans are made of, what it does after them
    const to = {
        express: [express, STATUSES, 0],
        slow: [express, STATUSES, 0, { at_once: 1 }],
        second: [second, STATUSES, 0],
        flask: [flask, STATUSES, 0],
        flask11: [flask11, STATUSES, 0],
        flask2: [flask11, [500], 0, { at_once: 2 }],
        bare: [bare, WORDS, 'chunked'],
        bare2: [bare, WORDS, 'chunked', { at_once: 3 }],
        nobody: [{ url: nobody, requests: () => [] }, ['nothing'], 'nothing'],
    };
    const s = new Script({ limit: 10000, base: 50, factor: 2000, cap: 400, slots: 32 }, pem);
    for (const [id, [r, , , more]] of Object.entries(to)) s.webhook(id, r.url, 'mix.*', more);
    s.webhook('hangs', bare.url, '*.hang', { at_once: 5 });
    const random = new Random(31);
    const plans = new Map(); // $id: plan
    for (let i = 0; i < 55; i++) {
        const plan = {};
        for (const [id, [, entries]] of Object.entries(to)) {
            const failures = random.chance(50) ? 0 : random.below(RETRIES + 2);
            plan[id] = Array.from({ length: failures }, () => random.pick(entries));
        }
        if (i % 11 === 0) plan.hangs = ['hang'];
        plans.set(`event_${i}`, plan);
        s.emit(
            { plan, text: 'x'.repeat(random.below(3000)) },
            i % 11 === 0 ? 'mix.hang' : 'mix.o1',
        );
        if (random.chance(60)) s.wait(random.below(60));
    }
    const r = await s.run();
    bare.server.close();
    settled(r, same);
    const there = new Set([express, second, flask, flask11]);
    await all(
        [...there],
        r.log.filter((e) => there.has(to[e.webhook]?.[0])),
        same,
    );
    same(500, r.end.delivered + r.end.gave_up, 'deliveries');
    const delivered = compare(r, { ...to, hangs: [bare, [], 'chunked'] }, plans, same);
    same(delivered, r.end.delivered, 'delivered');
    for (const e of of(r.log, 'hangs')) if (e.status === 0) same(/time limit/, e.error, e.attempt);
    const kept = express.requests('express', 'slow').concat(second.requests('second'));
    const n = connections(kept);
    same(true, n < kept.length / 5, `${n} connections for ${kept.length} requests`);
    console.log(
        `engine: 500 deliveries to 10 webhooks: ${r.log.length} attempts, ${r.end.delivered} ` +
            `delivered, ${r.end.gave_up} given up, as planned`,
    );
}

// compare: each delivery, in the log and at its receiver, with what was planned; how many were to
// be delivered
function compare(r, to, plans, same) {
    let delivered = 0;
    for (const [id, [from, , last]] of Object.entries(to)) {
        const requests = from.requests(id);
        const log = of(r.log, id);
        for (const [event, plan] of plans) {
            if (plan[id] === undefined) continue;
            const wanted = planned(plan[id], last);
            const ok = Math.floor(wanted.at(-1) / 100) === 2;
            const entries = log.filter((e) => e.id === event);
            const arrived = requests.filter((q) => q.id === event);
            const end = entries.at(-1);
            delivered += ok;
            same(wanted.join(' '), entries.map((e) => e.status).join(' '), `${id} ${event}`);
            same(ok ? 'delivered' : 'gave up', end?.outcome, `${id} ${event}`);
            same(wanted.length, end?.attempt, `${id} ${event}`);
            if (id === 'nobody') continue;
            same(wanted.join(' '), arrived.map((q) => q.status).join(' '), `${id} ${event}, there`);
            entries.forEach((e, i) => arrived[i] && signed(arrived[i], e, same));
        }
        for (const e of log) same(e.outcome === 'delivered', e.error === '', e.error);
    }
    return delivered;
}

/* ---- all of it ---- */

async function main() {
    const probe = await run(engine, [], { input: `ca\t${await certificate('localhost')}\n` });
    const tls = probe.code === 0;
    if (!tls)
        console.log(
            `engine: SKIPPED, ALL OF HTTPS: ${probe.err.trim()}: install libssl-dev, build again`,
        );
    const pem = tls ? path.join(dir, 'localhost.pem') : undefined;
    const [express, quick, flask, flask11, secure] = await Promise.all([
        receiver('express'),
        receiver('express', { KEEP_MS: '100' }),
        receiver('flask'),
        receiver('flask', { HTTP_VERSION: '1.1' }),
        tls ? receiver('express', { UNSTEADY: 'https', TLS_FILE: pem }) : undefined,
    ]);
    const to = { pem, express, quick, flask, flask11, secure };
    const one = (name, least, fn) => checkAsync(name, least, (same) => fn(to, same));
    const lanes = [
        async () => {
            await one('Express and Flask take all kinds of payloads', 150, steady);
            await one("the head has the mission's fields and the settings'", 8, heads);
            await one('connections are kept, and their end is noticed', 120, kept);
        },
        async () => {
            await one('500, 503 with Retry-After, 200', 60, twiceOverHttp);
            if (!tls) return;
            await one('the same over HTTPS', 60, twiceOverHttps);
            await one('no certificate that stands', 15, refused);
        },
        () => one('one that hangs holds up nobody', 60, hangs),
        () => one('a wild mix', 4000, mix),
    ];
    await Promise.all(lanes.map((lane) => lane()));
}

// What breaks off has no last line that counts, and run.sh takes that for a failure.
main()
    .then(end, (e) => console.log(`engine: ${e.stack}`))
    .finally(() => process.exit());
