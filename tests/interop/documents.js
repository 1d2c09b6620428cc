// documents.js -- JSON texts in every spelling that the grammar allows, and why we refuse some
'use strict';

const BLANKS = ['', '', '', ' ', '\n', '\t', '\r\n', '  \t '];
const RAW = [
    'a', 'Z', '0', '/', '~', ' ', '\u007f', '\u0080', 'é', 'ß', '\u07ff', '\u0800', '日',
    '\u2028', '\u2029', '\ufeff', '\uffff', '\ud7ff', '\ue000', '😀', '\u{10000}', '\u{10ffff}',
    '<', '&', "'",
];
const ESCAPES = [
    '\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\u001f', '\\u0022',
    '\\u005c', '\\u002F', '\\u0041', '\\u007F', '\\u00e9', '\\u2028', '\\uFFFF', '\\uD83D\\uDE00',
    '\\ud83d\\ude00',
];
const LONE = [
    '\\ud800', '\\uDBFF', '\\udc00', '\\uDFFF', '\\ud800\\ud800', '\\udc00\\ud800', '\\ud83dx',
    '\\ud800\\n',
];
const KEYS = [
    '"id"', '"$id"', '"__proto__"', '"constructor"', '"toString"', '"length"', '""', '"-1"',
    '"-0"', '"01"', '"1.0"', '"1e3"', '" 1"', '"NaN"', '"a/b"', '"m~n"', '"\\u005f_proto__"',
];
const INDEXES = [
    '0', '1', '2', '7', '9', '10', '11', '99', '100', '4294967293', '4294967294', '4294967295',
    '4294967296', '9007199254740991', '9007199254740993', '00', '18446744073709551616',
];

function blank(r) {
    return r.chance(70) ? '' : r.pick(BLANKS);
}

function string(r, most = 12) {
    let s = '"';
    for (let n = r.below(most + 1); n > 0; n--) {
        const kind = r.below(100);
        if (kind < 60) s += r.pick(RAW);
        else if (kind < 85) s += r.pick(ESCAPES);
        else if (kind < 92) s += '\\u' + r.below(0x10000).toString(16).padStart(4, '0');
        else if (kind < 96) s += r.pick(LONE);
        else
            s += String.fromCodePoint(
                r.pick([
                    r.between(0x20, 0x21), r.between(0x23, 0x5b), r.between(0xa0, 0xd7ff),
                    r.between(0xe000, 0xffff), r.between(0x10000, 0x10ffff),
                ]),
            );
    }
    return s + '"';
}

function numberSpelling(r) {
    const sign = r.chance(30) ? '-' : '';
    const whole = r.chance(20)
        ? '0'
        : r.between(1, 9) + r.digits(r.pick([0, 0, 1, 2, 5, 14, 15, 16, 17, 20, 24, 40]));
    const fraction = r.chance(50) ? '' : '.' + r.digits(r.pick([1, 1, 2, 3, 6, 16, 17, 20, 30]));
    const exponent = r.chance(60)
        ? ''
        : r.pick(['e', 'E']) +
          r.pick(['', '+', '-']) +
          '0'.repeat(r.pick([0, 0, 0, 1, 3])) +
          r.pick([r.below(10), r.below(40), r.below(330), r.below(2000)]);
    return sign + whole + fraction + exponent;
}

// a number that a double can hold; overflow is a matter of its own
function number(r) {
    for (;;) {
        const t = numberSpelling(r);
        if (Number.isFinite(Number(t))) return t;
    }
}

function key(r) {
    const kind = r.below(100);
    if (kind < 35) return r.pick(KEYS);
    if (kind < 60) {
        const index = r.chance(60) ? r.pick(INDEXES) : String(r.pick([r.below(30), r.u32()]));
        return r.chance(80)
            ? `"${index}"`
            : '"' + [...index].map((c) => (r.chance(50) ? c : '\\u003' + c)).join('') + '"';
    }
    return string(r, 6);
}

function object(r, depth, most) {
    const seen = new Set();
    let s = '{' + blank(r);
    for (let n = r.below(most + 1); n > 0; n--) {
        const k = key(r);
        const name = JSON.parse(k);
        if (seen.has(name)) continue;
        s +=
            (seen.size > 0 ? ',' + blank(r) : '') +
            k +
            blank(r) +
            ':' +
            blank(r) +
            value(r, depth - 1, most) +
            blank(r);
        seen.add(name);
    }
    return s + '}';
}

function array(r, depth, most) {
    const members = [];
    for (let n = r.below(most + 1); n > 0; n--) members.push(value(r, depth - 1, most));
    return '[' + blank(r) + members.join(blank(r) + ',' + blank(r)) + blank(r) + ']';
}

function value(r, depth, most) {
    const kind = r.below(100);
    if (depth > 0 && kind < 30) return object(r, depth, most);
    if (depth > 0 && kind < 45) return array(r, depth, most);
    if (kind < 70) return string(r);
    if (kind < 92) return number(r);
    return r.pick(['null', 'true', 'false']);
}

// levels brackets, one in the other, each with something beside what it holds
function nested(r, levels) {
    let s = value(r, 0, 0);
    for (; levels > 0; levels--) {
        if (r.chance(50)) {
            s = `[${r.chance(30) ? value(r, 0, 0) + ',' : ''}${s}]`;
        } else {
            const name = r.pick(['a', '7', '']);
            s = `{${r.chance(30) ? '"b":1,' : ''}"${name}":${s}${r.chance(30) ? ',"5":2' : ''}}`;
        }
    }
    return s;
}

function document(r) {
    const kind = r.below(100);
    const inner =
        kind < 3
            ? nested(r, r.between(8, 64))
            : kind < 10
              ? value(r, 0, 0)
              : r.chance(70)
                ? object(r, r.between(1, 5), 6)
                : array(r, r.between(1, 5), 6);
    return blank(r) + inner + blank(r);
}

// an object of n keys, the array indexes among them in descending order or none
function wide(r, n) {
    const keys = new Set();
    while (keys.size < n)
        keys.add(r.chance(50) ? String(r.chance(90) ? r.u32() : r.below(5000)) : 'k' + r.u32());
    return '{' + [...keys].map((k) => JSON.stringify(k) + ':' + number(r)).join(',') + '}';
}

const TOKEN = new RegExp(
    [
        '[ \\t\\r\\n]+', '"(?:[^"\\\\\\u0000-\\u001f]|\\\\u[0-9a-fA-F]{4}|\\\\["\\\\/bfnrt])*"',
        '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', 'null|true|false|[\\[\\]{},:]',
    ].join('|'),
    'y',
);

function* tokens(text) {
    TOKEN.lastIndex = 0;
    for (let at = 0, m; (m = TOKEN.exec(text)) !== null; at = TOKEN.lastIndex)
        if (!/^[ \t\r\n]/.test(m[0])) yield { text: m[0], at };
}

const overflows = (t) => /^[-0-9]/.test(t) && !Number.isFinite(Number(t));
const bytesBefore = (text, at) => Buffer.byteLength(text.slice(0, at));

// The first thing for which we refuse a text that Node takes: {status, offset} or null. What stands
// first from the left counts, a key that comes twice where its object ends. Of a text that Node
// refuses as well, only what comes before the fault is judged.
function stricter(text, S) {
    const stack = [];
    let previous = null;
    for (const t of tokens(text)) {
        const top = stack.at(-1);
        if (overflows(t.text)) return { status: S.RANGE, offset: bytesBefore(text, t.at) };
        if (t.text === ':' && previous?.text[0] === '"' && top?.keys) {
            const name = JSON.parse(previous.text);
            if (top.keys.has(name)) top.twice = Math.min(top.twice, previous.at);
            top.keys.add(name);
        }
        if (t.text === '{' || t.text === '[') {
            if (stack.length === 64) return { status: S.LIMIT, offset: bytesBefore(text, t.at) };
            stack.push({ keys: t.text === '{' ? new Set() : null, twice: Infinity });
        }
        if (t.text === '}' || t.text === ']') {
            stack.pop();
            if (top && top.twice < Infinity)
                return { status: S.DUPLICATE, offset: bytesBefore(text, top.twice) };
        }
        previous = t;
    }
    return null;
}

// the exact decimal value of what String(number) printed for a whole number
function exact(printed) {
    const m = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e\+([0-9]+))?$/.exec(printed);
    const fraction = m[3] ?? '';
    return BigInt(m[1] + m[2] + fraction) * 10n ** BigInt(Number(m[4] ?? 0) - fraction.length);
}

// where the first integer stands that loses digits, in bytes, or -1
function changed(text) {
    for (const t of tokens(text))
        if (/^-?[0-9]{16,}$/.test(t.text) && BigInt(t.text) !== exact(String(Number(t.text))))
            return bytesBefore(text, t.at);
    return -1;
}

module.exports = {
    document,
    value,
    object,
    string,
    number,
    numberSpelling,
    nested,
    wide,
    stricter,
    changed,
};
