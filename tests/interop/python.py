"""What Python's hmac, float, json, email.utils and base64 say about the header: python.py PEER"""
import base64
import binascii
import calendar
import email.utils
import hashlib
import hmac
import http.cookiejar
import json
import math
import random
import struct
import sys
import time
import types
from decimal import Decimal
from fractions import Fraction

from wire import (CHANGED, DUPLICATE, LIMIT, OK, RANGE, SIGNATURE, STALE, SYNTAX, Checks, ask)

PEER = sys.argv[1]
NOW = 1736937010


def from_bits(bits):
    return struct.unpack('<d', struct.pack('<Q', bits))[0]


def signed(eight_bytes):
    return struct.unpack('<q', eight_bytes)[0]


def to_bits(x):
    return struct.unpack('<Q', struct.pack('<d', x))[0]


# ---- hmac ----

def hmacs(same):
    r = random.Random(1)
    rows = [(r.randbytes(r.randint(1, 200)), r.randbytes(r.randint(0, 1000))) for _ in range(20000)]
    rows += [(b'k' * n, b'm' * m) for n in (1, 55, 56, 63, 64, 65, 128) for m in range(200)]
    for (key, msg), (_, _, mac) in zip(rows, ask(PEER, [('H', *row) for row in rows])):
        same(hmac.new(key, msg, hashlib.sha256).digest(), mac, (key, msg))


# ---- numbers ----

def significant(text):
    """The digits of a decimal text without zeros at the ends, and the exponent of its last one."""
    sign, digits, exponent = Decimal(text).as_tuple()
    digits = ''.join(map(str, digits)).lstrip('0')
    short = digits.rstrip('0')
    return (sign, short, exponent + len(digits) - len(short)) if short else (0, '', 0)


def numbers_out(same):
    r = random.Random(2)
    rows = [r.getrandbits(64) for _ in range(80000)]
    rows += [r.getrandbits(r.randint(1, 52)) | r.getrandbits(1) << 63 for _ in range(15000)]
    rows += [to_bits(r.randint(-10**9, 10**9) / r.choice((1, 10, 100, 1000, 10**6)))
             for _ in range(10000)]
    rows += [to_bits(float(r.randint(1, 999) * 10**r.randint(0, 30))) for _ in range(2000)]
    rows = [b for b in rows if math.isfinite(from_bits(b))]
    for bits, (status, _, text) in zip(rows, ask(PEER, [('N', b) for b in rows])):
        if same(OK, status, hex(bits)):
            same(significant(repr(from_bits(bits))), significant(text.decode()), hex(bits))


def decimal_text(r):
    kind = r.randrange(10)
    if kind < 4:
        whole, fraction = r.randint(0, 10**r.randint(1, 30)), r.randint(0, 10**r.randint(0, 30))
        return f'{whole}.{fraction}e{r.randint(-345, 320)}'
    if kind < 6:
        return f'{"-" * r.getrandbits(1)}{r.randint(0, 10**r.randint(1, 25))}'
    if kind < 8:
        return f'{r.uniform(0, 10**r.randint(0, 9)):.{r.randint(1, 25)}f}'
    if kind < 9:
        return f'{r.randint(1, 9)}.{r.getrandbits(r.randint(1, 70))}e-{r.randint(305, 330)}'
    x = from_bits(r.randrange(0x7fe << 52))  # between two doubles, or a hair beside
    middle = (Fraction(x) + Fraction(math.nextafter(x, math.inf))) / 2
    digits, ten = middle.numerator, 0
    if middle.denominator > 1:
        twos = middle.denominator.bit_length() - 1
        digits, ten = digits * 5**twos, -twos
    beside = r.choice((0, 0, 1, -1))
    return f'{digits * 10 + beside}e{ten - 1}'


def numbers_in(same):
    sys.set_int_max_str_digits(0)
    r = random.Random(3)
    rows = [decimal_text(r) for _ in range(100000)]
    for text, (status, _, bits) in zip(rows, ask(PEER, [('n', t) for t in rows])):
        x = float(text)
        same(to_bits(x).to_bytes(8, 'little') if math.isfinite(x) else RANGE,
             bits if status == OK else status, text)


def integers(same):
    r = random.Random(4)
    rows = ['9223372036854775807', '9223372036854775808', '-9223372036854775808',
            '-9223372036854775809', '922337203685477580.7e1', '9223372036854775807.0',
            '92233720368547758070e-1', '1e-1', '10e-1', '1e18', '1e19', '-0', '0e9']
    for _ in range(20000):
        whole = str(r.randint(-2**r.randint(1, 66), 2**r.randint(1, 66)))
        fraction = r.choice(('', '', '.0', '.000', '.' + str(r.randrange(10**r.randint(1, 20)))))
        exponent = r.choice(('', '', f'e{r.randint(-25, 25)}', f'E+{r.randint(0, 20)}'))
        rows.append(whole + fraction + exponent)
    for text, (status, _, got) in zip(rows, ask(PEER, [('z', t) for t in rows])):
        value = Fraction(text)
        fits = value.denominator == 1 and -2**63 <= value < 2**63
        same(int(value) if fits else RANGE, signed(got) if status == OK else status, text)


def integers_out(same):
    r = random.Random(14)
    rows = [r.randint(-2**r.randint(0, 55), 2**r.randint(0, 55)) for _ in range(20000)]
    rows += [0, -1, 2**53, -2**53, 2**53 + 1, -2**53 - 1, 2**63 - 1, -2**63]
    for v, (status, _, text) in zip(rows, ask(PEER, [('Z', v) for v in rows])):
        wanted = (OK, json.dumps(v)) if abs(v) <= 2**53 else (RANGE, '')
        same(wanted, (status, text.decode()), v)


def decimals(same):
    r = random.Random(5)
    rows = [r.getrandbits(r.randint(1, 64)) for _ in range(5000)] + [0, 2**64 - 1]
    for v, (_, _, text) in zip(rows, ask(PEER, [('U', v) for v in rows])):
        same(str(v).encode(), text, v)
    texts = ['0' * r.randrange(30) + str(r.getrandbits(r.randint(1, 66))) for _ in range(5000)]
    texts += ['', '-1', '+1', ' 1', '1 ', '1.0', '1e1', '0x1', '1_0', '\u0661', str(2**64),
              str(2**64 - 1), '9' * 40]
    for text, (status, _, got) in zip(texts, ask(PEER, [('u', t) for t in texts])):
        plain = text.isascii() and text.isdigit()
        wanted = SYNTAX if not plain else RANGE if int(text) >= 2**64 else int(text)
        same(wanted, struct.unpack('<Q', got)[0] if status == OK else status, text)


# ---- the receiver of the mission ----

def receive(data, headers, secret):
    """What the handler for Flask does with the bytes that came."""
    signature = headers.get('X-Appwrite-Webhook-Signature')
    timestamp = headers.get('X-Appwrite-Webhook-Timestamp')
    payload = f'{timestamp}.{data.decode()}'
    expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return json.loads(data) if hmac.compare_digest(signature, expected) else None


def some_value(r, depth):
    kind = r.randrange(8 if depth > 0 else 5)
    if kind == 0:
        return r.choice((None, True, False))
    if kind == 1:
        return r.randint(-2**53, 2**53)
    if kind == 2:
        return r.uniform(-1, 1) * 10**r.randint(-10, 15)
    if kind < 5:
        characters = 'ab"\\/\n\t\x00\x1f\x7fé日\u2028😀'
        return ''.join(r.choices(characters, k=r.randrange(12)))
    if kind == 5:
        return [some_value(r, depth - 1) for _ in range(r.randrange(5))]
    return {some_value(r, 0).__repr__(): some_value(r, depth - 1) for _ in range(r.randrange(5))}


def receiver(same):
    r = random.Random(6)
    rows = [(f'event_{i}', 'users.u1.create', r.randrange(253402300800000), some_value(r, 4))
            for i in range(6000)]
    texts = [json.dumps(row[3], ensure_ascii=r.random() < 0.5, indent=r.choice((None, 1)))
             for row in rows]
    bodies = [a[2] for a in ask(PEER, [('E', *row[:3], text) for row, text in zip(rows, texts)])]
    secrets = [r.randbytes(r.randint(8, 90)).hex() + r.choice(('', 'é', '日')) for _ in rows]
    stamps = [str(r.randint(1, 10**15 - 1)) for _ in rows]
    signed = ask(PEER, [('S', '', s, t, '', b) for s, t, b in zip(secrets, stamps, bodies)])
    for row, body, secret, stamp, (_, _, mac) in zip(rows, bodies, secrets, stamps, signed):
        headers = {'X-Appwrite-Webhook-Signature': mac.decode(),
                   'X-Appwrite-Webhook-Timestamp': stamp}
        event = receive(body, headers, secret)
        if same(True, event is not None, body):
            same((row[0], row[1], row[3]), (event['$id'], event['event'], event['payload']), body)
            same(None, receive(body + b' ', headers, secret), body)


def verified(same):
    r = random.Random(7)
    rows = []
    for _ in range(6000):
        secret, body = b'\x80' + r.randbytes(r.randrange(200)), r.randbytes(r.randrange(1000))
        stamp = str(r.randint(1, 10**r.randint(1, 15) - 1))
        mac = hmac.new(secret, f'{stamp}.'.encode() + body, hashlib.sha256).hexdigest()
        rows.append((secret, stamp, body, mac))
    answers = ask(PEER, [('V', '', s, t, '', b, m, int(t) + r.randint(-300, 300))
                         for s, t, b, m in rows])
    for row, (status, _, _) in zip(rows, answers):
        same(OK, status, row)
    answers = ask(PEER, [('V', '', s, t, '', b + b'\0', m, int(t)) for s, t, b, m in rows])
    for row, (status, _, _) in zip(rows, answers):
        same(SIGNATURE, status, row)
    answers = ask(PEER, [('V', '', s, t, '', b, m, int(t) + r.choice((301, 10**17)))
                         for s, t, b, m in rows])
    for row, (status, _, _) in zip(rows, answers):
        same(STALE, status, row)


# ---- dates ----

def dates(same):
    r = random.Random(8)
    rows = [r.randrange(253402300800) for _ in range(20000)]
    rows += [0, 253402300799, 951782400, 951868799]
    texts = [email.utils.formatdate(s, usegmt=True) for s in rows]
    for s, wanted, (_, _, text) in zip(rows, texts, ask(PEER, [('D', s) for s in rows])):
        same(wanted.encode(), text, s)
    texts += [time.asctime(time.gmtime(s)) for s in rows]
    for text, (status, _, got) in zip(texts, ask(PEER, [('d', t, NOW) for t in texts])):
        if same(OK, status, text):
            same(calendar.timegm(email.utils.parsedate(text)), signed(got), text)


def two_digit_years(same):
    """http.cookiejar judges a year of two digits by the present, which is ours here; 50 years away
    exactly it looks back where the header looks ahead."""
    r = random.Random(9)
    rows = []
    while len(rows) < 10000:
        now, there = r.randrange(2 * 10**9, 7 * 10**9), r.randrange(10**9, 10**10)
        if (time.gmtime(there).tm_year - time.gmtime(now).tm_year) % 100 != 50:
            rows.append((time.strftime('%A, %d-%b-%y %H:%M:%S GMT', time.gmtime(there)), now))
    for (text, now), (status, _, got) in zip(rows, ask(PEER, [('d', *row) for row in rows])):
        http.cookiejar.time = types.SimpleNamespace(time=lambda: now, localtime=time.gmtime)
        wanted = http.cookiejar.http2time(text)
        wanted = RANGE if wanted is None else int(wanted)  # 29 February of a year that has none
        same(wanted, signed(got) if status == OK else status, (text, now))
    http.cookiejar.time = time


# ---- json ----

class Refused(Exception):
    pass


def distinct(pairs):
    if len({k for k, _ in pairs}) < len(pairs):
        raise Refused(DUPLICATE)
    return dict(pairs)


def finite(text):
    if not math.isfinite(float(text)):
        raise Refused(RANGE)
    return float(text)


def no_constant(text):
    raise ValueError(text)  # NaN and the infinities, which only Python takes


DECODER = json.JSONDecoder(object_pairs_hook=distinct, parse_float=finite, parse_int=finite,
                           parse_constant=no_constant)


def depth_of(value):
    """Levels of a text that has been taken."""
    if not isinstance(value, (dict, list)):
        return 0
    members = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, members), default=0)


def verdict(data):
    """OK, or the status that tells why not."""
    try:
        text = data.decode()
        if text.strip(' \t\r\n') != text.strip():
            return SYNTAX  # other blanks than JSON's
        return LIMIT if depth_of(DECODER.decode(text.strip(' \t\r\n'))) > 64 else OK
    except Refused as e:
        return e.args[0]
    except ValueError:  # also an error in the UTF-8
        return SYNTAX


def some_text(r):
    return json.dumps(some_value(r, r.randrange(6)), ensure_ascii=r.random() < 0.5,
                      separators=r.choice(((',', ':'), (', ', ': ')))).encode()


ODD = [b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'0', b'-', b'.', b'e', b'NaN', b'Infinity',
       b'1e999', b'\x00', b'\x0c', b'\xa0', b'\xc3', b'\xe2\x82', b'\xff', b'\xed\xa0\x80', b"'",
       b'\\ud800', b'\\u12', b'\xef\xbb\xbf', b'//', b'"a":1,"a":2']


def mutated(same):
    r = random.Random(10)
    rows = [b'[' * n + b']' * n for n in (63, 64, 65, 200)]
    while len(rows) < 40000:
        b = bytearray(some_text(r))
        for _ in range(r.randint(1, 2)):
            at = r.randint(0, len(b))
            new = r.choice((b'', r.choice(ODD), bytes(b[at:at + r.randrange(9)])))
            b[at:at + r.choice((0, 0, 1, 1, 5))] = new
        rows.append(bytes(b))
    taken = 0
    for text, (status, _, _) in zip(rows, ask(PEER, [('J', t) for t in rows])):
        wanted = verdict(text)
        if wanted == OK:
            taken += same(True, status in (OK, CHANGED), text)
        elif wanted == SYNTAX:
            same(True, status < 0, (text, status))  # of several faults we may name another one
        else:
            same(wanted, status, text)
    same(True, 5000 < taken < 35000, taken)


def invalid_utf8(same):
    """One sequence of random bytes within a string: Python and we name the same first byte."""
    r = random.Random(11)
    rows = []
    while len(rows) < 20000:
        start = json.dumps(some_value(r, 0), ensure_ascii=False).encode()
        bad = bytes(r.choice((r.randrange(0x80, 0x100), r.randrange(0x80, 0xc0), 0x61))
                    for _ in range(r.randint(1, 5)))
        rows.append(b'[' + start + b',"' + bad + b'"]')
    for text, (status, offset, _) in zip(rows, ask(PEER, [('J', t) for t in rows])):
        try:
            text.decode()
            same(OK, status, text)
        except UnicodeDecodeError as e:
            same((SYNTAX, e.start), (status, offset), text)


def strings(same):
    r = random.Random(12)
    parts = ['a', '\\n', '\\u0000', '\\u00e9', '\\ud83d', '\\ude00', '\\ud83d\\ude00', '\\"',
             '\\\\', '\\/', 'é', '日', '😀', '\\uFFFF']
    rows = ['"' + ''.join(r.choices(parts, k=r.randrange(10))) + '"' for _ in range(20000)]
    for text, (status, _, got) in zip(rows, ask(PEER, [('s', t) for t in rows])):
        try:
            same((OK, json.loads(text).encode()), (status, got), text)
        except UnicodeEncodeError:
            same(SYNTAX, status, text)


# ---- base64 ----

def base64_texts(same):
    r = random.Random(13)
    rows = []
    for _ in range(20000):
        b = bytearray(base64.b64encode(r.randbytes(r.randrange(30))))
        if r.getrandbits(1):
            at = r.randint(0, len(b))
            new = r.choice((b'', b'=', b'A', b'B', b'-', b'_', b'\n', b'\xc3'))
            b[at:at + r.randrange(2)] = new
        rows.append(bytes(b))
    for text, (status, _, got) in zip(rows, ask(PEER, [('b', t) for t in rows])):
        try:
            wanted = binascii.a2b_base64(text, strict_mode=True)
            if base64.b64encode(wanted) != text:  # spare bits, which Python lets pass
                wanted = SYNTAX
        except binascii.Error:
            wanted = SYNTAX
        same(wanted, got if status == OK else status, text)


def main():
    c = Checks('python')
    c.check('hmac.new with keys of 1 to 200 bytes', 20000, hmacs)
    c.check('numbers are printed with the digits of repr', 2 * 100000, numbers_out)
    c.check('numbers are read as float reads them', 100000, numbers_in)
    c.check('integers are exact, and only those', 20000, integers)
    c.check('integers are written up to 2^53', 20000, integers_out)
    c.check('decimal counts both ways', 10000, decimals)
    c.check('the Python receiver takes what we build and sign, and no other', 3 * 6000, receiver)
    c.check('what Python signs we verify, and nothing beside it', 3 * 6000, verified)
    c.check('HTTP dates of email.utils and asctime', 4 * 20000, dates)
    c.check('years of two digits as http.cookiejar judges them', 10000, two_digit_years)
    c.check('mutated texts: as json.loads, but for the known differences', 40000, mutated)
    c.check('invalid UTF-8 is found at the byte where Python finds it', 20000, invalid_utf8)
    c.check('a string decodes to what json.loads reads', 20000, strings)
    c.check('base64 as binascii reads it in its strict mode', 20000, base64_texts)
    return c.end()


sys.exit(main())
