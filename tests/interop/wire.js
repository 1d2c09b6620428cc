// wire.js -- questions to the peer, random numbers from fixed seeds, and named checks that count
'use strict';
const { spawnSync } = require('node:child_process');

// The statuses that the scripts name, as webhook.h has them.
const S = {
    OK: 0,
    NO_MATCH: 3,
    CHANGED: 6,
    SYNTAX: -3,
    LIMIT: -4,
    DUPLICATE: -5,
    RANGE: -6,
    TRUNCATED: -7,
    SIGNATURE: -8,
    STALE: -9,
};

function integer(v) {
    const b = Buffer.alloc(8);
    b.writeBigInt64LE(BigInt.asIntN(64, BigInt(v)));
    return b;
}

// questions: [letter, field...]; a field is a string, a Buffer, or a BigInt for 8 bytes. One
// process answers all of them, and as many answers as questions have to come back.
function ask(peer, questions) {
    const parts = [];
    for (const [letter, ...fields] of questions) {
        parts.push(Buffer.from([letter.charCodeAt(0), fields.length]));
        for (const f of fields) {
            const bytes = typeof f === 'bigint' ? integer(f) : Buffer.from(f);
            const size = Buffer.alloc(4);
            size.writeUInt32LE(bytes.length);
            parts.push(size, bytes);
        }
    }
    const run = spawnSync(peer, [], { input: Buffer.concat(parts), maxBuffer: 2 ** 30 });
    if (run.error && run.error.code !== 'EPIPE') throw run.error; // EPIPE: it has ended, see below
    if (run.status !== 0)
        throw new Error(`the peer ended with ${run.status ?? run.signal}: ${run.stderr}`);
    const answers = [];
    for (let at = 0; at < run.stdout.length;) {
        const length = run.stdout.readUInt32LE(at + 8);
        answers.push({
            status: run.stdout.readInt32LE(at),
            offset: run.stdout.readUInt32LE(at + 4),
            bytes: run.stdout.subarray(at + 12, at + 12 + length),
        });
        at += 12 + length;
    }
    if (answers.length !== questions.length)
        throw new Error(`${questions.length} questions, ${answers.length} answers`);
    return answers;
}

// Pseudo-random numbers (Marsaglia's xorshift128) with what the scripts draw from them.
class Random {
    constructor(seed) {
        this.s = [seed | 1, 362436069, 521288629, 88675123];
        for (let i = 0; i < 20; i++) this.u32();
    }
    u32() {
        const s = this.s;
        const t = s[0] ^ (s[0] << 11);
        s[0] = s[1];
        s[1] = s[2];
        s[2] = s[3];
        s[3] = s[3] ^ (s[3] >>> 19) ^ t ^ (t >>> 8);
        return s[3] >>> 0;
    }
    below(n) {
        return Math.floor((this.u32() / 2 ** 32) * n);
    }
    between(low, high) {
        return low + this.below(high - low + 1);
    }
    chance(percent) {
        return this.below(100) < percent;
    }
    pick(list) {
        return list[this.below(list.length)];
    }
    u64() {
        return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
    }
    bytes(n) {
        return Buffer.from(Array.from({ length: n }, () => this.u32() & 255));
    }
    digits(n) {
        return Array.from({ length: n }, () => this.below(10)).join('');
    }
}

// check(name, least, fn): fn gets a function same(wanted, got, about) and has to call it at least
// that often; one difference fails the check, and the first few are shown. A wanted RegExp has to
// match. Where fn is async, checkAsync is what to wait for. as(who) changes whose checks they are.
let who = 'node';
let passed = 0;
let failed = 0;

let running = 'before the first check';

const as = (name) => (who = name);
const show = (v) =>
    (v instanceof RegExp
        ? String(v)
        : JSON.stringify(Buffer.isBuffer(v) ? v.toString('latin1') : v)
    )?.slice(0, 300);

function agrees(wanted, got) {
    if (Buffer.isBuffer(wanted)) return wanted.equals(got);
    return wanted instanceof RegExp ? wanted.test(got) : wanted === got;
}

class Cases {
    constructor(name) {
        this.name = running = name;
        this.cases = 0;
        this.faults = 0;
        this.same = (wanted, got, about) => {
            this.cases++;
            if (agrees(wanted, got)) return true;
            if (this.faults++ < 5)
                console.log(
                    `${who}: ${name}: wanted ${show(wanted)}, got ${show(got)}, ` +
                        `about ${show(about)}`,
                );
            return false;
        };
    }
    broke(e) {
        this.faults++;
        console.log(`${who}: ${this.name}: ${e.stack}`);
    }
    end(least) {
        if (this.cases < least) {
            this.faults++;
            console.log(`${who}: ${this.name}: ${this.cases} cases, ${least} were wanted`);
        }
        if (this.faults > 0) failed++;
        else passed++;
        console.log(`${this.faults > 0 ? 'FAILED' : 'ok'} ${who}: ${this.name} (${this.cases})`);
    }
}

function check(name, least, fn) {
    const c = new Cases(name);
    try {
        fn(c.same);
    } catch (e) {
        c.broke(e);
    }
    c.end(least);
}

async function checkAsync(name, least, fn) {
    const c = new Cases(name);
    try {
        await fn(c.same);
    } catch (e) {
        c.broke(e);
    }
    c.end(least);
}

// bound(s): the whole script ends then, as a failure
function bound(seconds) {
    setTimeout(() => {
        console.log(`${who}: broken off after ${seconds} s, within: ${running}`);
        process.exit(1);
    }, seconds * 1000).unref();
}

function end() {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 ? 1 : 0;
}

module.exports = { S, ask, Random, as, check, checkAsync, bound, end };
