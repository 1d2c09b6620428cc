// servers.js -- programs and servers on loopback, bounded, which end with the script that started
// them
'use strict';
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const children = new Set();
const places = [];
process.on('exit', () => {
    for (const c of children) c.kill('SIGKILL');
    for (const p of places) fs.rmSync(p, { recursive: true, force: true });
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));

function directory() {
    const p = fs.mkdtempSync(path.join(os.tmpdir(), 'interop-'));
    places.push(p);
    return p;
}

function launch(file, args, env) {
    const child = spawn(file, args, { env: { ...process.env, ...env } });
    children.add(child);
    child.on('close', () => children.delete(child));
    child.stdin.on('error', () => {}); // it has ended without reading all: its status tells
    return child;
}

// run: to its end, at most limit seconds: {code, out, err, ms}
function run(file, args, { input = '', env = {}, limit = 30 } = {}) {
    return new Promise((resolve, reject) => {
        const begun = performance.now();
        const child = launch(file, args, env);
        const out = [];
        const err = [];
        const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000);
        child.stdout.on('data', (d) => out.push(d));
        child.stderr.on('data', (d) => err.push(d));
        child.on('error', reject);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            resolve({
                code: code ?? signal,
                out: Buffer.concat(out).toString(),
                err: Buffer.concat(err).toString(),
                ms: performance.now() - begun,
            });
        });
        child.stdin.end(input);
    });
}

// Lines: what a program has printed, line by line
class Lines {
    constructor(stream, eachLine) {
        this.all = [];
        let rest = [];
        stream.setEncoding('utf8').on('data', (d) => {
            const pieces = d.split('\n');
            for (const p of pieces.slice(0, -1)) {
                this.all.push(rest.join('') + p);
                rest = [];
                eachLine(this.all.at(-1));
            }
            rest.push(pieces.at(-1));
        });
    }
}

// start: a server; answers when one of its lines matches ready: {child, match, out, err, ended},
// out and err the lines so far. Those of ours end when their standard input does, so that none is
// left behind whatever happens here.
function start(file, args, ready, env = {}) {
    return new Promise((resolve, reject) => {
        const child = launch(file, args, env);
        const ended = new Promise((done) =>
            child.on('close', (code, signal) => done(code ?? signal)),
        );
        const timer = setTimeout(() => {
            child.kill('SIGKILL');
            reject(new Error(`${file} is not ready: ${err.all.join('\n')}`));
        }, 20000);
        let waiting = true;
        const look = (line) => {
            const match = waiting && ready.exec(line);
            if (!match) return;
            waiting = false;
            clearTimeout(timer);
            resolve({ child, match, ended, out: out.all, err: err.all });
        };
        const out = new Lines(child.stdout, look);
        const err = new Lines(child.stderr, look);
        child.on('error', reject);
        ended.then((code) => reject(new Error(`${file} has ended with ${code}: ${err.all[0]}`)));
    });
}

// open: a net or http server on a port that the system chooses
function open(server, host = '127.0.0.1') {
    return new Promise((resolve, reject) => {
        server.on('error', reject);
        server.listen(0, host, 1024, () => resolve(server.address().port));
    });
}

// each: fn over all items, a few at once
async function each(items, fn, atOnce = 4) {
    let next = 0;
    const lane = async () => {
        while (next < items.length) {
            const i = next++;
            await fn(items[i], i);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(condition, seconds = 10) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(5))
        if (condition()) return true;
    return false;
}

// whole: the length of the request at the start of bytes, with a Content-Length, or 0 as long as it
// is not complete; body: where its body begins
function whole(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return { length: 0 };
    const head = bytes.subarray(0, end).toString('latin1');
    const body = end + 4;
    const length = body + Number(/^content-length: *([0-9]+)$/im.exec(head)?.[1] ?? 0);
    return { head, body, length: bytes.length < length ? 0 : length };
}

// exchange: bytes on a raw connection, in pieces where it is an array; {how, text, ms}: all that
// came back until the peer closed or it was enough, and how long after the connection stood
function exchange(port, pieces, { enough = () => false, limit = 10, half = false } = {}) {
    return new Promise((resolve) => {
        const got = [];
        let begun = performance.now();
        const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        const done = (how) => {
            clearTimeout(timer);
            socket.destroy();
            const ms = performance.now() - begun;
            resolve({ how, ms, text: Buffer.concat(got).toString('latin1') });
        };
        const timer = setTimeout(() => done('time'), limit * 1000);
        socket.on('data', (d) => {
            got.push(d);
            if (enough(Buffer.concat(got).toString('latin1'))) done('enough');
        });
        socket.on('end', () => done('closed'));
        socket.on('error', (e) => done(e.code));
        socket.on('connect', async () => {
            begun = performance.now();
            socket.setNoDelay(true);
            for (const p of [pieces].flat()) {
                socket.write(p);
                if (Array.isArray(pieces)) await sleep(3);
            }
            if (half) socket.end();
        });
    });
}

const hmac = (secret, timestamp, body) =>
    crypto.createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

module.exports = {
    directory,
    run,
    start,
    open,
    each,
    sleep,
    until,
    whole,
    exchange,
    hmac,
};
