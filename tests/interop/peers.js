// peers.js -- `webhook send` and servers of every manner: Node's, Python's, nginx, and raw ones
// that misbehave; what it prints, its exit status and its time are judged: node peers.js TOOL NGINX
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { as, checkAsync, bound, end } = require('./wire.js');
const { directory, run, start, open, each, whole, sleep, until } = require('./servers.js');

const [tool, nginx] = process.argv.slice(2);
const SECRET = crypto.randomBytes(32).toString('hex');
const env = { WEBHOOK_SECRET: SECRET };
as('peers');
bound(150);

function send(url, { payload = '{"total":99.99}', limit = '20' } = {}) {
    const args = ['send', url, '--event', 'a.b', '--allow-private', '--time-limit', limit];
    return run(tool, args, { input: payload, env, limit: 40 });
}

const answered = (status) => new RegExp(`^${status} in [0-9]+ ms\n$`);

// the whole of what a status of an answer means
async function expect(url, status, same, more) {
    const r = await send(url, more);
    same(answered(status), r.out, `${url} ${r.err}`);
    same(status >= 200 && status < 300 ? 0 : 1, r.code, `${url} ${r.err}`);
    return r;
}

// no answer: nothing on standard output, words on standard error, at once or at the time limit
async function fails(url, words, same, about, more) {
    const r = await send(url, more);
    same('', r.out, about);
    same(1, r.code, about);
    same(words, r.err, about);
    return r;
}

/* ---- Node's http ---- */

const NODE = {
    '/ok': (_, res) => res.end('OK'),
    '/long': (_, res) => res.end('x'.repeat(3000000)),
    '/chunked': async (_, res) => {
        for (let i = 0; i < 20; i++) {
            res.write('x'.repeat(i * 97 + 1));
            await sleep(3);
        }
        res.end();
    },
    '/trailers': (_, res) => {
        res.writeHead(200, { Trailer: 'X-Sum, X-More' });
        res.write('body');
        res.addTrailers({ 'X-Sum': '1', 'X-More': 'two' });
        res.end();
    },
    '/continue': async (_, res) => {
        res.writeContinue();
        await sleep(10);
        res.writeContinue();
        res.end('OK');
    },
    '/processing': async (_, res) => {
        res.writeProcessing();
        await sleep(10);
        res.end('OK');
    },
    '/hints': async (_, res) => {
        res.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.css>; rel=preload'] });
        await sleep(10);
        res.writeEarlyHints({ link: '</c.css>; rel=preload', 'x-trace': '1' });
        res.end('OK');
    },
    '/hints/500': (_, res) => {
        res.writeEarlyHints({ link: '</a.css>; rel=preload' });
        res.writeHead(500).end('no');
    },
    '/close': (_, res) => res.writeHead(200, { Connection: 'close' }).end('OK'),
    '/delimited': (_, res) => {
        res.useChunkedEncodingByDefault = false;
        res.removeHeader('Transfer-Encoding');
        res.writeHead(200, { Connection: 'close' });
        res.write('until');
        setTimeout(() => res.end('the close'), 20);
    },
    '/fields': (_, res) => {
        for (let i = 0; i < 90; i++) res.setHeader(`X-${i}`, 'v'.repeat(150));
        res.end('OK');
    },
    '/slow': (_, res) => setTimeout(() => res.end('OK'), 500),
};

async function nodes(same) {
    const seen = [];
    const server = http.createServer((req, res) => {
        seen.push(req.url);
        const status = Number(req.url.match(/^\/([0-9]{3})$/)?.[1]);
        req.resume().on('end', () => {
            if (!status) return NODE[req.url](req, res);
            const fields = status === 429 || status === 503 ? { 'Retry-After': '120' } : {};
            if (status >= 300 && status < 400) fields.Location = `/followed/${status}`;
            res.writeHead(status, fields).end(
                status === 204 || status === 304 ? undefined : 'words',
            );
        });
    });
    server.keepAliveTimeout = 20000; // a send that waited for the close would show
    const port = await open(server);
    const at = (p) => `http://127.0.0.1:${port}${p}`;
    for (const p of Object.keys(NODE)) {
        const r = await expect(at(p), p === '/hints/500' ? 500 : 200, same);
        if (p === '/slow') same(true, parseInt(r.out.slice(7), 10) >= 490, `it took ${r.out}`);
    }
    const statuses = [
        201, 202, 204, 205, 299, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 403,
    ];
    statuses.push(404, 410, 413, 418, 422, 429, 451, 500, 501, 502, 503, 504, 599);
    await each(statuses, (status) => expect(at(`/${status}`), status, same));
    same(0, seen.filter((p) => p.startsWith('/followed')).length, 'redirects that were followed');
    same(Object.keys(NODE).length + statuses.length, seen.length, 'requests: one attempt each');
    const left = () => new Promise((done) => server.getConnections((_, n) => done(n)));
    same(0, (await sleep(50), await left()), 'connections that are left open');
    server.close();
}

/* ---- Python's http.server ---- */

async function pythons(same) {
    const s = await start('python3', ['-B', path.join(__dirname, 'httpd.py')], /^port ([0-9]+)$/);
    const at = (p) => `http://localhost:${s.match[1]}${p}`;
    const large = { payload: `"${'x'.repeat(1000000)}"` };
    await expect(at('/'), 200, same);
    await expect(at('/'), 200, same, large);
    await expect(at('/1.1/200'), 200, same);
    await expect(at('/1.1/500'), 500, same, large);
    await expect(at('/chunked'), 200, same, large);
    const plain = await start(
        'python3',
        ['-B', '-u', '-m', 'http.server', '-b', '127.0.0.1', '-d', directory(), '0'],
        /port ([0-9]+)/,
    );
    await expect(`http://127.0.0.1:${plain.match[1]}/`, 501, same); // it knows no POST
    plain.child.kill('SIGTERM');
}

/* ---- nginx ---- */

const CONFIG = (dir, port, express, old) => `
daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log error;
events { worker_connections 64; }
http {
  access_log ${dir}/access.log; server_tokens off; gzip on; gzip_types *;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/f;
  uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; client_max_body_size 4m;
  upstream express { server 127.0.0.1:${express}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    location = /204 { return 204; }
    location = /200 { return 200 "OK\\n"; }
    location = /301 { return 301 /followed; }
    location = /308 { return 308 http://127.0.0.1:${port}/followed; }
    location = /410 { return 410; }
    location = /429 { add_header Retry-After 30 always; return 429; }
    location = /500 { return 500 "words"; }
    location = /followed { return 200 "followed"; }
    location = /444 { return 444; }
    location = /small { client_max_body_size 1k; proxy_pass http://express/webhooks/appwrite; }
    location = /keep { proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass http://express/webhooks/appwrite; }
    location = /close { keepalive_timeout 0; proxy_pass http://express/webhooks/appwrite; }
    location = /chunked { proxy_pass http://127.0.0.1:${old}/; }
    location = /delimited { chunked_transfer_encoding off; proxy_pass http://127.0.0.1:${old}/; }
    location = /piecemeal { proxy_request_buffering off; proxy_http_version 1.1;
      proxy_buffering off; proxy_pass http://127.0.0.1:${old}/chunked; }
    location = /gone { proxy_pass http://127.0.0.1:1/; }
  }
}
`;

async function nginxPort() {
    const server = net.createServer();
    const port = await open(server); // nginx has no port 0: one that was free just now
    await new Promise((done) => server.close(done));
    return port;
}

async function nginxes(same) {
    const dir = directory();
    const port = await nginxPort();
    const express = await start(
        'node',
        [path.join(__dirname, 'mission.js')],
        /^port ([0-9]+)$/,
        env,
    );
    const old = await start('python3', ['-B', path.join(__dirname, 'httpd.py')], /^port ([0-9]+)$/);
    fs.writeFileSync(path.join(dir, 'conf'), CONFIG(dir, port, express.match[1], old.match[1]));
    const server = run(
        nginx,
        ['-p', dir, '-e', path.join(dir, 'error.log'), '-c', path.join(dir, 'conf')],
        { limit: 60 },
    );
    const at = (p) => `http://127.0.0.1:${port}${p}`;
    const up = () =>
        new Promise((done) => {
            const socket = net.connect(port, '127.0.0.1', () => done(true) || socket.destroy());
            socket.on('error', () => done(false));
        });
    for (let i = 0; i < 200 && !(await up()); i++) await sleep(25);
    const large = { payload: `["${'0123456789'.repeat(100000)}"]` };
    for (const status of [200, 204, 301, 308, 410, 429, 500])
        await expect(at(`/${status}`), status, same);
    for (const p of ['/keep', '/close', '/chunked', '/delimited', '/piecemeal']) {
        await expect(at(p), 200, same);
        await expect(at(p), 200, same, large);
    }
    await expect(at('/small'), 413, same, large); // answered before the body is sent
    await expect(at('/gone'), 502, same);
    await fails(at('/444'), /closed/, same, 'nginx closes without an answer');
    const log = () => fs.readFileSync(path.join(dir, 'access.log'), 'utf8');
    await until(() => log().split('\n').length > 20);
    same(20, log().split('\n').length - 1, `requests in its log:\n${log()}`);
    same(false, /followed/.test(log()), 'redirects that were followed');
    process.kill(Number(fs.readFileSync(path.join(dir, 'pid'), 'utf8')), 'SIGTERM');
    same(0, (await server).code, fs.readFileSync(path.join(dir, 'error.log'), 'utf8'));
}

/* ---- raw servers ---- */

// serve(socket, bytes) is called once the whole request is there, or at once where early
async function raw(serve, { early = false } = {}) {
    const sockets = new Set();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        let bytes = Buffer.alloc(0);
        let served = early;
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
        if (early) return serve(socket);
        socket.on('data', (d) => {
            if (served) return;
            bytes = Buffer.concat([bytes, d]);
            if (whole(bytes).length === 0) return;
            served = true;
            serve(socket);
        });
    });
    const port = await open(server);
    const close = () => {
        server.close();
        for (const s of sockets) s.destroy();
    };
    return { url: `http://127.0.0.1:${port}/hook`, close };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const torn = async (socket, text, ms = 3) => {
    for (const c of text) {
        if (socket.destroyed) return;
        socket.write(c);
        await sleep(ms);
    }
};

async function flood(socket, text, bytes) {
    for (let n = 0; n < bytes && !socket.destroyed; n += text.length)
        if (!socket.write(text))
            await new Promise((done) => {
                socket.once('drain', done).once('close', done).once('end', done);
            });
}

// what is an answer, however it comes
const GOOD = [
    ['without a body', 200, (s) => s.write(`${OK}Content-Length: 0\r\n\r\n`)],
    ['without a reason', 200, (s) => s.write('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n')],
    ['byte by byte', 201, (s) => torn(s, 'HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nOK')],
    ['until the close', 200, (s) => s.end(`${OK}\r\nwords`)],
    ['HTTP/1.0', 200, (s) => s.end('HTTP/1.0 200 OK\r\nServer: x\r\n\r\nwords')],
    [
        'kept open in HTTP/1.0',
        200,
        (s) => s.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nOK'),
    ],
    [
        'chunks with extensions and a trailer',
        202,
        (s) =>
            s.write(
                'HTTP/1.1 202 x\r\nTransfer-Encoding: chunked\r\n\r\n' +
                    '3;a="b"\r\nabc\r\n0\r\nX: y\r\n\r\n',
            ),
    ],
    [
        'three interim ones',
        200,
        (s) =>
            s.write(
                'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n' +
                    'HTTP/1.1 103 H\r\nLink: x\r\n\r\n' +
                    `${OK}Content-Length: 0\r\n\r\n`,
            ),
    ],
    ['204 and the connection stays', 204, (s) => s.write('HTTP/1.1 204 No Content\r\n\r\n')],
    [
        'junk behind it',
        200,
        (s) => s.write(`${OK}Content-Length: 0\r\n\r\nHTTP/1.1 500 No\r\n\r\n`),
    ],
    [
        'a gzip body that nobody asked for',
        200,
        (s) => s.write(`${OK}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\b`),
    ],
    // the answer is there with its head
    ['a body that is cut off', 200, (s) => s.end(`${OK}Content-Length: 100\r\n\r\nabc`)],
    [
        'a body without end',
        200,
        (s) => void flood(s.write(OK + '\r\n') && s, 'x'.repeat(65536), 3e7),
    ],
    [
        'a status that nobody knows',
        600,
        (s) => s.write('HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n'),
    ],
    [
        'a redirect inward',
        307,
        (s) =>
            s.write(
                'HTTP/1.1 307 T\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n',
            ),
    ],
];

// what is none
const BAD = [
    ['closed at once', /closed/, (s) => s.end()],
    ['closed within the head', /closed/, (s) => s.end(`${OK}Serv`)],
    ['a reset', /reset|closed|failed/, (s) => s.resetAndDestroy()],
    ['interim answers alone', /closed/, (s) => s.end('HTTP/1.1 103 H\r\n\r\n')],
    ['SSH', /HTTP/, (s) => s.write('SSH-2.0-OpenSSH_9.2\r\n')],
    ['TLS', /HTTP/, (s) => s.write(Buffer.from('15030100020228', 'hex'))],
    ['HTTP/2', /HTTP/, (s) => s.write('HTTP/2 200\r\n\r\n')],
    ['HTTP/0.9', /HTTP/, (s) => s.write('<html>hello</html>')],
    ['status 099', /HTTP/, (s) => s.write('HTTP/1.1 099 No\r\n\r\n')],
    ['status 1000', /HTTP/, (s) => s.write('HTTP/1.1 1000 No\r\n\r\n')],
    ['bare line feeds', /HTTP/, (s) => s.write('HTTP/1.1 200 OK\nContent-Length: 0\n\n')],
    ['a folded field', /HTTP/, (s) => s.write(`${OK}A: b\r\n c\r\nContent-Length: 0\r\n\r\n`)],
    ['a blank before the colon', /HTTP/, (s) => s.write(`${OK}A : b\r\nContent-Length: 0\r\n\r\n`)],
    [
        'length and chunks',
        /HTTP/,
        (s) => s.write(`${OK}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    ],
    ['two lengths', /HTTP/, (s) => s.write(`${OK}Content-Length: 0\r\nContent-Length: 1\r\n\r\n`)],
    ['a length with a sign', /HTTP/, (s) => s.write(`${OK}Content-Length: +0\r\n\r\n`)],
    ['a NUL in a field', /HTTP/, (s) => s.write(`${OK}A: \0\r\nContent-Length: 0\r\n\r\n`)],
    ['the upgrade to nothing', /HTTP/, (s) => s.end('HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n')],
    [
        'a flood of fields',
        /HTTP/,
        (s) => void flood(s.write(OK) && s, 'X-Flood: 1234567890\r\n', 1e8),
    ],
    [
        'a field without end',
        /HTTP/,
        (s) => void flood(s.write(`${OK}X: `) && s, 'x'.repeat(65536), 1e8),
    ],
    [
        'a flood of interim answers',
        /HTTP/,
        (s) => void flood(s, 'HTTP/1.1 103 H\r\n\r\n'.repeat(1000), 1e8),
    ],
    [
        'a first line without end',
        /HTTP/,
        (s) => void flood(s.write('HTTP/1.1 200 ') && s, 'x'.repeat(65536), 1e8),
    ],
];

async function good(same) {
    await each(
        GOOD,
        async ([what, status, serve]) => {
            const { url, close } = await raw(serve);
            const r = await send(url);
            same(answered(status), r.out, `${what}: ${r.err}`);
            same(status < 300 ? 0 : 1, r.code, what);
            same(true, r.ms < 8000, `${what}: took ${r.ms} ms`);
            close();
        },
        2,
    );
}

async function bad(same) {
    await each(
        BAD,
        async ([what, words, serve]) => {
            const { url, close } = await raw(serve);
            const r = await fails(url, words, same, what);
            same(/^webhook: send: .{10,}\n$/, r.err, what);
            same(true, r.ms < 8000, `${what}: took ${r.ms} ms`);
            close();
        },
        2,
    );
}

// nobody who is slow, in whichever way, is waited for longer than the time limit
const SLOW = [
    ['no answer', () => {}],
    ['a head byte by byte', (s) => void torn(s, `${OK}X: ${'x'.repeat(500)}\r\n\r\n`, 20)],
    [
        'interim answers for ever',
        async (s) => {
            for (let i = 0; i < 100 && !s.destroyed; i++, await sleep(50))
                s.write('HTTP/1.1 102 Processing\r\n\r\n');
        },
    ],
    ['nothing is read', (s) => s.pause(), { early: true }],
];

async function slow(same) {
    await each(
        SLOW,
        async ([what, serve, how]) => {
            const { url, close } = await raw(serve, how);
            const payload = how ? `"${'x'.repeat(2e7)}"` : undefined;
            const begun = await send(url, { limit: '0.001', payload }); // what starting alone takes
            const r = await fails(url, /time limit/, same, what, { limit: '0.75', payload });
            same(true, r.ms > 740 && r.ms < begun.ms + 1250, `${what}: ${r.ms} ms`);
            close();
        },
        1,
    );
}

// an answer that comes before the body is sent is an answer
async function early(same) {
    const payload = `"${'x'.repeat(2e7)}"`;
    const answer =
        'HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    const reads = await raw((s) => s.resume().end(answer), { early: true });
    await expect(reads.url, 413, same, { payload });
    reads.close();
    const waits = await raw(
        (s) => {
            s.once('data', () => s.pause().end(answer));
            setTimeout(() => s.resume(), 1500);
        },
        { early: true },
    );
    await expect(waits.url, 413, same, { payload });
    waits.close();
    const port = await nginxPort(); // nobody is there
    await fails(`http://127.0.0.1:${port}/`, /refused/i, same, 'nobody listens');
}

async function main() {
    await checkAsync("Node's http: interim, chunked, redirects, each status", 86, nodes);
    await checkAsync("Python's http.server: 1.0 until the close, 1.1, chunked", 12, pythons);
    await checkAsync('nginx: kept, closed, chunked, until the close, in front', 44, nginxes);
    await checkAsync('raw: what is an answer', 3 * GOOD.length, good);
    await checkAsync('raw: what is none ends in words', 5 * BAD.length, bad);
    await checkAsync('raw: the time limit holds', 4 * SLOW.length, slow);
    await checkAsync('raw: an answer before the body is sent, and nobody there', 7, early);
}

// What breaks off has no last line that counts, and run.sh takes that for a failure.
main()
    .then(end, (e) => console.log(`peers: ${e.stack}`))
    .finally(() => process.exit());
