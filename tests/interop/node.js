// node.js -- what Node's JSON, Number, Date, Buffer and crypto, and receivers from npm, say about
// the header: node node.js PEER TOOL
'use strict';
const crypto = require('node:crypto');
const { spawnSync } = require('node:child_process');
const { S, ask, Random, check, end } = require('./wire.js');
const docs = require('./documents.js');

const [peer, tool] = process.argv.slice(2);
const NOW = 1736937010;
Date.now = () => NOW * 1000; // the receivers from npm ask for it, and each run is to be the same

const normal = (text) => JSON.stringify(JSON.parse(text));
const times = (n, fn) => Array.from({ length: n }, (_, i) => fn(i));

function parses(text) {
    try {
        return { value: JSON.parse(text) };
    } catch (e) {
        return { error: e.message };
    }
}

/* ---- normal form ---- */

// the whole answer to a text that Node takes
function judge(text, answer, same) {
    const reason = docs.stricter(text, S);
    if (reason)
        return same(
            `${reason.status} at ${reason.offset}`,
            `${answer.status} at ${answer.offset}`,
            text,
        );
    const at = docs.changed(text);
    return (
        same(
            at < 0 ? `${S.OK}` : `${S.CHANGED} at ${at}`,
            answer.status === S.CHANGED ? `${S.CHANGED} at ${answer.offset}` : `${answer.status}`,
            text,
        ) && same(normal(text), answer.bytes.toString(), text)
    );
}

check('normal form of documents is JSON.stringify(JSON.parse(text))', 2 * 24000, (same) => {
    const r = new Random(1);
    const texts = times(24000, () => docs.document(r));
    ask(peer, texts.map((t) => ['J', t])).forEach((a, i) => judge(texts[i], a, same));
});

check('a text in normal form stays as it is', 8000, (same) => {
    const r = new Random(2);
    const texts = times(8000, () => normal(docs.document(r)));
    ask(peer, texts.map((t) => ['J', t])).forEach((a, i) => judge(texts[i], a, same));
});

check('64 levels, wide objects, long strings', 2 * 260, (same) => {
    const r = new Random(3);
    const texts = [
        ...times(200, () => docs.nested(r, 64)),
        ...times(40, () => docs.wide(r, r.between(500, 3000))),
        ...times(20, () => docs.string(r, 20000)),
    ];
    ask(peer, texts.map((t) => ['J', t])).forEach((a, i) => judge(texts[i], a, same));
});

check('a text cut anywhere ends too early, unless Node takes it', 20000, (same) => {
    const r = new Random(4);
    const pieces = [];
    while (pieces.length < 20000) {
        const whole = Buffer.from(docs.document(r));
        for (let n = Math.min(20, whole.length); n > 0; n--)
            pieces.push(whole.subarray(0, r.below(whole.length)));
    }
    ask(peer, pieces.map((p) => ['J', p])).forEach((a, i) => {
        // Half a character at the end becomes U+FFFD, which Node refuses outside a string.
        const text = pieces[i].toString();
        if ('value' in parses(text)) judge(text, a, same);
        else same(`${S.TRUNCATED} at ${pieces[i].length}`, `${a.status} at ${a.offset}`, text);
    });
});

// Is the text one that Node would go on reading? Its messages name the place, but for the end.
function begins(text) {
    const { error } = parses(text);
    if (error === undefined || error.startsWith('Unexpected end of JSON input')) return true;
    return Number(/ at position (\d+)/.exec(error)?.[1] ?? -1) >= text.length;
}

// An offset is where the first byte stands that no valid text could have there: what is before it
// begins a text, and with the next character it does not. A bad escape counts at its backslash.
function judgeRefusal(text, answer, same) {
    const bytes = Buffer.from(text);
    const place = `${answer.status} at ${answer.offset}`;
    if ([S.RANGE, S.LIMIT, S.DUPLICATE].includes(answer.status)) {
        const reason = docs.stricter(text, S);
        return same(reason && `${reason.status} at ${reason.offset}`, place, text);
    }
    if (answer.status === S.TRUNCATED)
        return (
            same(`${S.TRUNCATED} at ${bytes.length}`, place, text) &&
            same(true, begins(text), text) &&
            same(null, docs.stricter(text, S), text)
        );
    const before = bytes.subarray(0, answer.offset).toString();
    const rest = [...text.slice(before.length)];
    const width = rest[0] === '\\' ? 6 : 1;
    return (
        same(S.SYNTAX, answer.status, text) &&
        same(true, begins(before), [text, place]) &&
        same(false, begins(before + rest.slice(0, width).join('')), [text, place]) &&
        same(null, docs.stricter(before, S), [text, place])
    );
}

const ODD = [
    '"', '\\', '{', '}', '[', ']', ',', ':', '0', '1', '-', '+', '.', 'e', 'E', 'u', 'n', 't', ' ',
    '\n', '\u0000', '\u001f', '\u0008', '\u000b', '\u00a0', '\ufeff', '/', "'", 'x', '1e999',
    '"id":', '\\u', 'null', 'true', '//',
];

function mutate(r, text) {
    const c = [...text];
    for (let n = r.between(1, 2); n > 0; n--) {
        const at = r.below(c.length + 1);
        switch (r.below(5)) {
            case 0:
                c.splice(at, 1);
                break;
            case 1:
                c.splice(at, 0, r.pick(ODD));
                break;
            case 2:
                c.splice(at, 1, r.pick(ODD));
                break;
            case 3:
                c.splice(at, 0, ...c.slice(at, at + r.below(12)));
                break;
            default:
                c.splice(at, r.below(12));
                break;
        }
    }
    return c.join('');
}

check('mutated texts: taken and refused as Node does, at the right place', 40000, (same) => {
    const r = new Random(5);
    const texts = [];
    while (texts.length < 40000) {
        const whole = docs.document(r);
        if (whole.length < 500) texts.push(...times(4, () => mutate(r, whole)));
    }
    let taken = 0;
    ask(peer, texts.map((t) => ['J', t])).forEach((a, i) => {
        if ('value' in parses(texts[i])) taken += judge(texts[i], a, same) ? 1 : 0;
        else judgeRefusal(texts[i], a, same);
    });
    same(true, taken > 4000 && taken < 36000, taken);
});

check(
    'what Node takes and we refuse: duplicates, overflow, the 65th level, invalid UTF-8',
    32,
    (same) => {
        const open = (n, s) => s.repeat(n);
        const rows = [
            ['{"a":1,"a":1}', S.DUPLICATE, 7], ['{"a":1,"\\u0061":2}', S.DUPLICATE, 7],
            ['{"__proto__":1,"b":{"__proto__":2},"__proto__":3}', S.DUPLICATE, 35],
            ['{"":1,"":2}', S.DUPLICATE, 6], ['{"\\ud800":1,"\\uD800":2}', S.DUPLICATE, 12],
            ['{"\\ud83d\\ude00":1,"😀":2}', S.DUPLICATE, 18],
            ['[{"7":1,"3":2,"7":3}]', S.DUPLICATE, 14],
            ['{"a":{"b":1,"b":2},"a":1}', S.DUPLICATE, 12], ['{"a":1,"a":1e999}', S.RANGE, 11],
            ['[{"a":1,"a":1},1e999]', S.DUPLICATE, 8], ['1e999', S.RANGE, 0],
            [' [1,-1e309]', S.RANGE, 4], ['1.7976931348623159e308', S.RANGE, 0],
            ['{"a":1' + '0'.repeat(309) + '}', S.RANGE, 5],
            [open(65, '[') + open(65, ']'), S.LIMIT, 64],
            [open(65, '{"a":') + '1' + open(65, '}'), S.LIMIT, 320],
            [open(100000, '['), S.LIMIT, 64],
        ];
        for (const bad of [
            [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
            [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80],
            [0xfe], [0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
        ])
            rows.push([
                Buffer.concat([Buffer.from('["é'), Buffer.from(bad), Buffer.from('x"]')]),
                S.SYNTAX, 4,
            ]);
        // A BOM is one that Node refuses as well; then what both take.
        rows.push([Buffer.from([0xef, 0xbb, 0xbf, 0x31]), S.SYNTAX, 0]);
        rows.push([open(64, '[') + open(64, ']'), S.OK, 0], ['1.7976931348623158e308', S.OK, 0]);
        rows.push([open(64, '{"a":') + '1' + open(64, '}'), S.OK, 0]);
        ask(peer, rows.map(([t]) => ['J', t])).forEach((a, i) => {
            const [text, status, offset] = rows[i];
            same(
                `${status} at ${offset}`,
                `${a.status} at ${status === S.OK ? 0 : a.offset}`,
                text,
            );
        });
    },
);

/* ---- strings and look-ups ---- */

check('a string decodes to what Node reads, and half a pair to nothing', 20000, (same) => {
    const r = new Random(6);
    const texts = times(20000, () => docs.string(r, 10));
    ask(peer, texts.map((t) => ['s', t])).forEach((a, i) => {
        const value = JSON.parse(texts[i]);
        if (value.isWellFormed())
            same(S.OK, a.status, texts[i]) && same(value, a.bytes.toString(), texts[i]);
        else same(S.SYNTAX, a.status, texts[i]);
    });
});

check('a string is written as JSON.stringify writes it', 20000, (same) => {
    const r = new Random(22);
    const list = times(20000, () => JSON.parse(docs.string(r, 10))).map((s) => s.toWellFormed());
    ask(peer, list.map((s) => ['q', s])).forEach((a, i) =>
        same(`${S.OK} ${JSON.stringify(list[i])}`, `${a.status} ${a.bytes}`, list[i]),
    );
});

// a way into the value, at random: [pointer, value found or undefined]
function walk(r, value) {
    let path = '';
    while (typeof value === 'object' && value !== null && !r.chance(15)) {
        const names = Object.keys(value).filter((k) => k.isWellFormed());
        const name = names.length > 0 && !r.chance(5) ? r.pick(names) : 'not there';
        path += '/' + name.replaceAll('~', '~0').replaceAll('/', '~1');
        if (!Object.hasOwn(value, name)) return [path, undefined];
        value = value[name];
    }
    return [path, value];
}

check('a look-up finds what Node finds by the same path', 20000, (same) => {
    const r = new Random(7);
    const rows = times(20000, () => {
        const text = docs.document(r);
        return [text, ...walk(r, JSON.parse(text))];
    });
    ask(peer, rows.map(([text, path]) => ['f', text, path])).forEach((a, i) => {
        const [text, path, value] = rows[i];
        if (value === undefined) same(S.NO_MATCH, a.status, [text, path]);
        else
            same(S.OK, a.status, [text, path]) &&
                same(JSON.stringify(value), normal(a.bytes.toString()), [text, path]);
    });
});

/* ---- numbers ---- */

const float = new Float64Array(1);
const pattern = new BigUint64Array(float.buffer);
const bitsOf = (x) => ((float[0] = x), pattern[0]);
const fromBits = (b) => ((pattern[0] = b), float[0]);
const INFINITY = 0x7ff0000000000000n;
const SIGN = 0x8000000000000000n;

function patterns(r) {
    const list = [
        0n, SIGN, 1n, SIGN | 1n, 0x000fffffffffffffn, 0x0010000000000000n, INFINITY - 1n,
        bitsOf(1e21), bitsOf(1e-7),
    ];
    list.push(...times(70000, () => r.u64()));
    const subnormal = () => r.u64() & (SIGN | ((1n << BigInt(r.between(1, 52))) - 1n));
    list.push(...times(15000, subnormal));
    list.push(...times(15000, () => bitsOf(Number(docs.number(r)))));
    list.push(
        ...times(6000, () => bitsOf(r.between(-1000000, 1000000) / r.pick([1, 2, 10, 100, 1000]))),
    );
    // The interval of what reads back the same is lopsided at a power of two.
    for (let e = 0n; e < 2047n; e++) list.push(e << 52n, (e << 52n) + 1n, (e << 52n) - 1n);
    for (let e = -323; e <= 308; e++)
        list.push(...[-1n, 0n, 1n].map((d) => bitsOf(Number('1e' + e)) + d));
    return list.map((b) => BigInt.asUintN(64, b)).filter((b) => (b & INFINITY) !== INFINITY);
}

check('numbers are printed as Node prints them', 100000, (same) => {
    const list = patterns(new Random(8));
    ask(peer, list.map((b) => ['N', b])).forEach((a, i) => {
        same(S.OK, a.status, list[i].toString(16));
        same(String(fromBits(list[i])), a.bytes.toString(), list[i].toString(16));
    });
    const odd = [
        INFINITY, INFINITY | SIGN, INFINITY | 1n, 0x7ff8000000000000n, 0xffffffffffffffffn,
    ];
    ask(
        peer,
        odd.map((b) => ['N', b]),
    ).forEach((a, i) => same(S.RANGE, a.status, odd[i].toString(16)));
});

// The number that lies exactly between a double and the next one, or a hair beside it: up to 770
// digits.
function halfway(r) {
    const bits = r.chance(25) ? r.u64() & 0xfffffffffffffn : r.u64() & ~SIGN;
    const exponent = bits >> 52n;
    const fraction = bits & 0xfffffffffffffn;
    if (exponent === 2047n) return halfway(r);
    const twice = 2n * (exponent > 0n ? fraction | (1n << 52n) : fraction) + 1n;
    const power = (exponent > 0n ? exponent : 1n) - 1076n; // the value is twice * 2^power
    let digits = power < 0n ? twice * 5n ** -power : twice * 2n ** power;
    let ten = power < 0n ? power : 0n;
    const beside = r.pick([0n, 0n, 1n, -1n]);
    if (beside !== 0n) {
        const more = BigInt(r.pick([1, 5, 30]));
        digits = digits * 10n ** more + beside;
        ten -= more;
    }
    return place(r, digits.toString(), ten);
}

// digits * 10^ten with the point somewhere
function place(r, digits, ten) {
    const point = r.below(digits.length);
    if (point === 0) return `${digits}e${ten}`;
    const exponent = ten + BigInt(digits.length - point);
    return `${digits.slice(0, point)}.${digits.slice(point)}e${exponent}`;
}

function spellings(r) {
    const other = () => Math.abs(fromBits(r.u64()));
    const finite = () => {
        for (;;) {
            const x = other();
            if (Number.isFinite(x)) return x;
        }
    };
    const list = [
        ...times(50000, () => docs.numberSpelling(r)),
        ...times(15000, () => halfway(r)),
        ...times(15000, () => finite().toExponential(r.between(0, 20))),
        ...times(5000, () => finite().toPrecision(17)),
        ...times(5000, () => (r.u32() / 65536).toFixed(r.between(0, 20))),
        ...times(
            10000,
            () => `${r.between(1, 9)}.${r.digits(r.between(1, 25))}e-${r.between(300, 345)}`,
        ), // subnormal, underflow
        ...times(
            5000,
            () => `${r.between(1, 9)}${r.digits(r.between(17, 40))}e${r.between(270, 300)}`,
        ),
        ...times(500, () => `0.${'0'.repeat(r.below(400))}${r.digits(r.between(1, 900))}`),
        ...times(200, () => `1${r.digits(r.between(280, 308))}.${r.digits(r.between(1, 900))}`),
    ];
    list.push(
        '-0',
        '0e999',
        '-0.0e-99',
        '2.4703282292062327e-324',
        '2.4703282292062328e-324',
        '1.7976931348623158e308',
        '1.7976931348623159e308',
        '1e99999999999999999999',
        '1e-99999999999999999999',
        '0e99999999999999999999',
        '1' + '0'.repeat(400) + 'e-400',
        '0.' + '0'.repeat(400) + '1e401',
    );
    return list;
}

check('numbers are read as Node reads them', 100000, (same) => {
    const list = spellings(new Random(9));
    ask(peer, list.map((t) => ['n', t])).forEach((a, i) => {
        const x = Number(list[i]);
        if (!Number.isFinite(x)) same(S.RANGE, a.status, list[i]);
        else same(S.OK, a.status, list[i]) && same(bitsOf(x), a.bytes.readBigUInt64LE(), list[i]);
    });
});

check('what is no JSON number is refused', 20000, (same) => {
    const r = new Random(10);
    const list = [
        '', '-', '+1', '.5', '1.', '01', '-01', '1e', '1e+', '0x10', 'NaN', 'Infinity', '1_0',
    ];
    while (list.length < 20000) {
        const c = [...docs.number(r).slice(0, 30)];
        c.splice(
            r.below(c.length + 1),
            r.below(2),
            r.pick(['', '0', '-', '+', '.', 'e', 'E', '_', 'x', '7']),
        );
        list.push(c.join(''));
    }
    ask(peer, list.map((t) => ['n', t])).forEach((a, i) => {
        const { value } = parses(list[i]);
        same(
            value === undefined ? S.SYNTAX : Number.isFinite(value) ? S.OK : S.RANGE,
            a.status,
            list[i],
        );
    });
});

/* ---- the receiver of the mission ---- */

const ENVELOPE_EVENTS = [
    'users.u1.create', 'databases.main.tables.orders.rows.order_456.create', 'webhooks.test',
    'a.b',
];

// What the handler for Express does with the text that came: the body is parsed and printed again
// before it is hashed.
function receive(rawText, headers, secret) {
    const body = JSON.parse(rawText);
    const payload = `${headers['x-appwrite-webhook-timestamp']}.${JSON.stringify(body)}`;
    const expected = crypto.createHmac('sha256', secret).update(payload).digest('hex');
    return headers['x-appwrite-webhook-signature'] === expected ? body : null;
}

function deliveries(r, n) {
    const made = times(n, () => ({
        id: r.bytes(r.between(1, 18)).toString('hex'),
        event: r.pick(ENVELOPE_EVENTS),
        ms: r.u64() % 253402300800000n,
        payload: docs.value(r, r.between(0, 5), 6),
        secret: r.bytes(r.between(8, 100)).toString('base64url'),
        timestamp: String((r.u64() % BigInt(r.pick([1e9, 2e9, 1e15]))) + 1n),
    }));
    ask(peer, made.map((d) => ['E', d.id, d.event, d.ms, d.payload])).forEach((a, i) => {
        Object.assign(made[i], { status: a.status, body: a.bytes });
    });
    ask(peer, made.map((d) => ['S', '', d.secret, d.timestamp, '', d.body])).forEach((a, i) => {
        made[i].signature = a.bytes.toString();
    });
    return made;
}

check('the JavaScript receiver takes every body that we build and sign', 3 * 6000, (same) => {
    for (const d of deliveries(new Random(11), 6000)) {
        const headers = {
            'x-appwrite-webhook-timestamp': d.timestamp,
            'x-appwrite-webhook-signature': d.signature,
        };
        const got = receive(d.body.toString(), headers, d.secret);
        same(true, d.status === S.OK || d.status === S.CHANGED, d.payload);
        if (!same(true, got !== null, d.body.toString())) continue;
        same(
            JSON.stringify({
                $id: d.id,
                event: d.event,
                timestamp: new Date(Number(d.ms)).toISOString(),
                payload: JSON.parse(d.payload),
            }),
            JSON.stringify(got),
            d.payload,
        );
    }
});

check('what we built, we read back', 4 * 3000, (same) => {
    const made = deliveries(new Random(12), 3000);
    ask(peer, made.map((d) => ['e', d.body])).forEach((a, i) => {
        const members = [];
        const d = made[i];
        for (let at = 0; at < a.bytes.length;) {
            const length = Number(a.bytes.readBigUInt64LE(at));
            members.push(a.bytes.subarray(at + 8, at + 8 + length));
            at += 8 + length;
        }
        if (!same(`${S.OK}, 4`, `${a.status}, ${members.length}`, d.body.toString())) return;
        same(
            `${d.id} ${d.event} ${d.ms}`,
            `${members[0]} ${members[1]} ${members[2].readBigUInt64LE()}`,
            d.body.toString(),
        );
        same(normal(d.payload), members[3].toString(), d.body.toString());
        same(JSON.parse(d.body).timestamp, new Date(Number(d.ms)).toISOString(), d.body.toString());
    });
});

check('what Node signs we verify, and nothing that is a bit beside it', 2 * 6000, (same) => {
    const r = new Random(13);
    const rows = times(6000, () => {
        const secret = r.bytes(r.between(1, 150));
        const timestamp = String(r.between(1, 4e9));
        const body = r.bytes(r.below(400));
        secret[0] |= 0x80; // never blank
        const hex = crypto
            .createHmac('sha256', secret)
            .update(timestamp + '.')
            .update(body)
            .digest('hex');
        const signature = r.pick(['', 'sha256=']) + (r.chance(50) ? hex : hex.toUpperCase());
        return {
            secret,
            timestamp,
            body,
            signature,
            now: BigInt(timestamp) + BigInt(r.between(-300, 300)),
        };
    });
    const flip = (bytes) => {
        const b = Buffer.from(bytes);
        b[r.below(b.length)] ^= 1;
        return b;
    };
    const good = rows.map((d) => ['V', '', d.secret, d.timestamp, '', d.body, d.signature, d.now]);
    ask(peer, good).forEach((a, i) => same(S.OK, a.status, rows[i].signature));
    const bad = rows.map((d) => {
        switch (r.below(5)) {
            case 0:
                return ['V', '', flip(d.secret), d.timestamp, '', d.body, d.signature, d.now];
            case 1:
                return [
                    'V', '', d.secret, d.timestamp, '', Buffer.concat([d.body, r.bytes(1)]),
                    d.signature, d.now,
                ];
            case 2:
                return [
                    'V', '', d.secret, d.timestamp, '', d.body, d.signature.slice(0, -1), d.now,
                ];
            case 3:
                return ['V', '', d.secret, '0' + d.timestamp, '', d.body, d.signature, d.now];
            default:
                return ['V', '', d.secret, d.timestamp, '', d.body, flip(d.signature), d.now];
        }
    });
    ask(peer, bad).forEach((a, i) => same(S.SIGNATURE, a.status, rows[i].signature));
    const late = rows.map((d) => [
        'V', '', d.secret, d.timestamp, '', d.body, d.signature,
        BigInt(d.timestamp) + r.pick([-301n, 301n]),
    ]);
    ask(peer, late).forEach((a, i) => same(S.STALE, a.status, rows[i].signature));
});

/* ---- dates, base64, hex ---- */

const LAST_MS = 253402300799999n;
const randomMs = (r) =>
    r.chance(5)
        ? r.pick([0n, 999n, LAST_MS, 951782400000n, 951868799999n])
        : r.u64() % (LAST_MS + 1n);

check('ISO times are written and read as Date does', 2 * 20000, (same) => {
    const r = new Random(14);
    const list = times(20000, () => randomMs(r));
    ask(peer, list.map((ms) => ['I', ms])).forEach((a, i) =>
        same(new Date(Number(list[i])).toISOString(), a.bytes.toString(), String(list[i])),
    );
    const texts = list.map((ms) => {
        const t = new Date(Number(ms)).toISOString();
        return r.pick([
            t, t.slice(0, -1) + r.digits(r.below(7)) + 'Z',
            t.slice(0, 19 + r.pick([0, 2, 3])) + 'Z',
        ]);
    });
    ask(peer, texts.map((t) => ['i', t])).forEach(
        (a, i) =>
            same(S.OK, a.status, texts[i]) &&
            same(BigInt(Date.parse(texts[i])), a.bytes.readBigInt64LE(), texts[i]),
    );
});

check('an ISO time is one exactly where Date prints the same again', 20000, (same) => {
    const r = new Random(15);
    const two = (most) => String(r.between(0, most)).padStart(2, '0');
    const texts = times(
        20000,
        () =>
            `${r.between(1968, 2104)}-${two(13)}-${two(32)}` +
            `T${two(24)}:${two(60)}:${two(60)}.${r.digits(3)}Z`,
    );
    ask(peer, texts.map((t) => ['i', t])).forEach((a, i) => {
        const date = new Date(texts[i]);
        const real = !Number.isNaN(date.getTime()) && date.toISOString() === texts[i];
        same(real && date.getTime() >= 0 ? S.OK : S.RANGE, a.status, texts[i]);
    });
});

check('HTTP dates are written and read as toUTCString does', 2 * 20000, (same) => {
    const r = new Random(16);
    const list = times(20000, () => randomMs(r) / 1000n);
    const texts = list.map((s) => new Date(Number(s) * 1000).toUTCString());
    ask(
        peer,
        list.map((s) => ['D', s]),
    ).forEach((a, i) => same(texts[i], a.bytes.toString(), String(list[i])));
    ask(peer, texts.map((t) => ['d', t, BigInt(NOW)])).forEach(
        (a, i) =>
            same(S.OK, a.status, texts[i]) && same(list[i], a.bytes.readBigInt64LE(), texts[i]),
    );
});

check('base64 and hex are those of Buffer, both ways', 4 * 20000, (same) => {
    const r = new Random(17);
    const list = times(20000, () => r.bytes(r.below(r.chance(95) ? 60 : 2000)));
    for (const [write, read, name] of [['B', 'b', 'base64'], ['X', 'x', 'hex']]) {
        const texts = list.map((b) => b.toString(name));
        ask(
            peer,
            list.map((b) => [write, b]),
        ).forEach((a, i) => same(texts[i], a.bytes.toString(), texts[i]));
        ask(
            peer,
            texts.map((t) => [read, t]),
        ).forEach((a, i) => same(S.OK, a.status, texts[i]) && same(list[i], a.bytes, texts[i]));
    }
});

check('base64 and hex that Buffer would not write are refused', 2 * 20000, (same) => {
    const r = new Random(18);
    const list = [
        '', '=', '====', 'A', 'AA', 'AA==', 'AB==', 'AAA=', 'AAB=', 'AA=A', 'A===', 'AA==AA==',
    ];
    while (list.length < 20000) {
        const c = [...r.bytes(r.between(1, 8)).toString(r.pick(['base64', 'hex']))];
        c.splice(
            r.below(c.length + 1),
            r.below(2),
            r.pick(['', 'A', 'B', 'f', 'F', '=', '-', '_', ' ', '\n', '\u0000', 'é', '/']),
        );
        list.push(c.join(''));
    }
    ask(peer, list.map((t) => ['b', t])).forEach((a, i) =>
        same(
            Buffer.from(list[i], 'base64').toString('base64') === list[i] ? S.OK : S.SYNTAX,
            a.status,
            list[i],
        ),
    );
    ask(peer, list.map((t) => ['x', t])).forEach((a, i) =>
        // Buffer stops at what is no digit, and at half a byte
        same(
            Buffer.from(list[i], 'hex').length * 2 === list[i].length ? S.OK : S.SYNTAX,
            a.status,
            list[i],
        ),
    );
});

/* ---- receivers from npm ---- */

function standardWebhooks(same) {
    const { Webhook } = require('standardwebhooks');
    const r = new Random(19);
    const rows = times(500, () => ({
        secret: 'whsec_' + r.bytes(r.between(24, 64)).toString('base64'),
        id: 'msg_' + r.bytes(12).toString('hex'),
        timestamp: String(NOW + r.between(-300, 300)),
        body: normal(docs.object(r, 3, 5)),
    }));
    const verified = (d, signature) => {
        try {
            return JSON.stringify(
                new Webhook(d.secret).verify(d.body, {
                    'webhook-id': d.id,
                    'webhook-timestamp': d.timestamp,
                    'webhook-signature': signature,
                }),
            );
        } catch (e) {
            return e.message;
        }
    };
    ask(
        peer,
        rows.map((d) => ['S', 'standard', d.secret, d.timestamp, d.id, d.body]),
    ).forEach((a, i) => {
        same(rows[i].body, verified(rows[i], a.bytes.toString()), rows[i]);
        same(
            'No matching signature found',
            verified({ ...rows[i], id: rows[i].id + '0' }, a.bytes.toString()),
            rows[i],
        );
    });
    const signed = rows.map((d) =>
        new Webhook(d.secret).sign(d.id, new Date(Number(d.timestamp) * 1000), d.body),
    );
    const question = (d, signature) => [
        'V', 'standard', d.secret, d.timestamp, d.id, d.body, signature, BigInt(NOW),
    ];
    ask(
        peer,
        rows.map((d, i) => question(d, 'v1a,junk v1,' + 'A'.repeat(43) + '= ' + signed[i])),
    ).forEach((a, i) => same(S.OK, a.status, rows[i]));
    ask(
        peer,
        rows.map((d, i) => question(d, signed[(i + 1) % rows.length])),
    ).forEach((a, i) => same(S.SIGNATURE, a.status, rows[i]));
}

// its functions are asynchronous, so all of them are called before the check
async function github() {
    const { sign, verify } = await import('@octokit/webhooks-methods');
    const r = new Random(20);
    const rows = times(500, () => ({
        secret: r.bytes(20).toString('hex'),
        body: normal(docs.object(r, 3, 5)),
    }));
    const ours = ask(
        peer,
        rows.map((d) => ['S', 'github', d.secret, '', '', d.body]),
    ).map((a) => a.bytes.toString());
    const verdicts = await Promise.all(
        rows.map((d, i) => verify(d.secret, d.body, ours[i] || 'none')),
    );
    const theirs = await Promise.all(rows.map((d) => sign(d.secret, d.body)));
    return (same) => {
        verdicts.forEach((v, i) => same(true, v, ours[i]));
        const question = (d, signature) => ['V', 'github', d.secret, '', '', d.body, signature, 0n];
        ask(
            peer,
            rows.map((d, i) => question(d, theirs[i])),
        ).forEach((a, i) => same(S.OK, a.status, rows[i]));
        ask(
            peer,
            rows.map((d, i) => question(d, theirs[(i + 1) % rows.length])),
        ).forEach((a, i) => same(S.SIGNATURE, a.status, rows[i]));
    };
}

/* ---- the tool ---- */

function run(input, ...args) {
    const { status, stdout, stderr } = spawnSync(tool, args, {
        input,
        env: { WEBHOOK_SECRET: 'secret-key-123' },
    });
    return { status, out: stdout.toString(), err: stderr.toString() };
}

function toolAgrees(same) {
    const r = new Random(21);
    for (let i = 0; i < 60; i++) {
        const text = docs.document(r);
        const got = run(text, 'json');
        same(`0 ${normal(text)}`, `${got.status} ${got.out}`, text);
        const bad = run(mutate(r, text) + '\u0001', 'json');
        same('2 ', `${bad.status} ${bad.out}`, text);
        same(true, /offset \d+: /.test(bad.err), bad.err);
    }
    for (let i = 0; i < 40; i++) {
        const payload = docs.object(r, 3, 4);
        const time = new Date(Number(randomMs(r))).toISOString();
        if (docs.changed(payload) >= 0) continue; // refused there, and told so
        const body = run(
            payload,
            'payload',
            '--event',
            'users.u1.create',
            '--id',
            'event_123',
            '--time',
            time,
        ).out;
        const signed = run(body, 'sign', '--timestamp', '1736937000').out;
        const headers = {
            'x-appwrite-webhook-timestamp': '1736937000',
            'x-appwrite-webhook-signature': signed.trimEnd(),
        };
        const got = body && receive(body, headers, 'secret-key-123');
        same(
            JSON.stringify({
                $id: 'event_123',
                event: 'users.u1.create',
                timestamp: time,
                payload: JSON.parse(payload),
            }),
            JSON.stringify(got),
            payload,
        );
    }
}

async function main() {
    check(
        'standardwebhooks verifies what we sign, and we what it signs',
        4 * 500,
        standardWebhooks,
    );
    const githubAgrees = await github();
    check(
        '@octokit/webhooks-methods verifies what we sign, and we what it signs',
        3 * 500,
        githubAgrees,
    );
    check('the tool: json, payload and sign', 200, toolAgrees);
    end();
}

main().catch((e) => {
    console.log(`node: ${e.stack}`);
    check('receivers from npm', 1, () => {});
    end();
});
