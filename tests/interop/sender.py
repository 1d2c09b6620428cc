"""A sender in Python's own HTTP clients: sender.py PORT SECRET. Signs by itself, in each way that
they send a body; prints a JSON line for each delivery: what was sent, and the status it got."""
import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.error
import urllib.request

PORT, SECRET = int(sys.argv[1]), sys.argv[2]
PAYLOADS = [
    {'customer': 'Jörg 😀', 'total': 99.99, 'items': [1, 2.5e-7, None, True, '\u2028']},
    {}, [], '', None, 0, [[[[[[]]]]]], {'': {'a': 'b'}}, 'x' * 1_000_000,
    '\ud800 alone', {'b': 1, '10': 2, '9': 3}, 12345678901234567890123, 1e300,
]
count = 0


def delivery(payload, **spelling):
    """one envelope, in Python's spelling of JSON, signed: the fields, the body, what to expect"""
    global count
    count += 1
    event = {'id': f'python_{count}', 'event': f'users.u{count}.create'}
    millis = count % 1000
    text = json.dumps(payload, **spelling)
    body = (f'{{"$id": "{event["id"]}", "event": "{event["event"]}",\n\t"timestamp": '
            f'"2025-06-30T23:59:59.{millis:03d}Z", "payload": {text} }}\n').encode()
    timestamp = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), timestamp.encode() + b'.' + body, hashlib.sha256).hexdigest()
    fields = {'Content-Type': 'application/json; charset=utf-8',
              'X-Appwrite-Webhook-Id': 'python',
              'X-Appwrite-Webhook-Timestamp': timestamp,
              'X-Appwrite-Webhook-Signature': mac}
    line = (f'{{"id":"{event["id"]}","event":"{event["event"]}",'
            f'"timestamp":"2025-06-30T23:59:59.{millis:03d}Z",'
            f'"payload":{text.replace(chr(10), " ")}}}')
    return fields, body, line


def tell(how, line, status):
    print(json.dumps({'how': how, 'line': line, 'status': status}), flush=True)


def by_urllib(payload):
    fields, body, line = delivery(payload)
    request = urllib.request.Request(f'http://127.0.0.1:{PORT}/hook?a=1', body, fields)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            tell('urllib', line, answer.status)
    except urllib.error.HTTPError as e:
        tell('urllib', line, e.code)


def by_client(connection, how, payload, **spelling):
    fields, body, line = delivery(payload, **spelling)
    if how == 'chunked':
        step = max(1, len(body) // 7)
        pieces = (body[i:i + step] for i in range(0, len(body), step))
        connection.request('POST', '/', pieces, fields, encode_chunked=True)
    else:
        connection.request('POST', '/', body, fields)
    answer = connection.getresponse()
    answer.read()
    tell(how, line, answer.status)


for value in PAYLOADS:
    by_urllib(value)
kept = http.client.HTTPConnection('127.0.0.1', PORT, timeout=10)
for value in PAYLOADS:
    by_client(kept, 'kept', value, indent=1)
    by_client(kept, 'chunked', value, ensure_ascii=isinstance(value, str) and len(value) < 99)
kept.close()
