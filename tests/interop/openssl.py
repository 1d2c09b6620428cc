"""What the openssl command says about HMAC and the tool's signatures: openssl.py PEER TOOL"""
import os
import random
import subprocess
import sys
import tempfile

from wire import OK, Checks, ask

PEER, TOOL = sys.argv[1:]


def openssl_hmac(key, message):
    args = ['openssl', 'dgst', '-sha256', '-mac', 'HMAC', '-macopt', f'hexkey:{key.hex()}', '-r']
    out = subprocess.run(args, input=message, stdout=subprocess.PIPE, check=True).stdout
    return out.split()[0].decode()


def rows(seed, n, shortest_key=1):
    r = random.Random(seed)
    lengths = [shortest_key, 31, 32, 63, 64, 65, 127, 128, 129, 192]
    lengths += [r.randint(shortest_key, 250) for _ in range(n - len(lengths))]
    return [(b'\x80' + r.randbytes(length - 1),
             r.randbytes(r.choice((0, 1, 55, 56, 64, r.randrange(5000))))) for length in lengths]


def hmacs(same):
    asked = rows(1, 50)
    asked += [(random.Random(2).randbytes(4000), b'a key of many blocks'), (b'k', b'\0' * 1000000)]
    for (key, message), (status, _, mac) in zip(asked, ask(PEER, [('H', *row) for row in asked])):
        same((OK, openssl_hmac(key, message)), (status, mac.hex()), (key, message))


def signatures(same):
    """the mission's scheme: what is signed is the timestamp, a dot and the body"""
    asked = rows(3, 30)
    answers = ask(PEER, [('S', '', key, '1736937000', '', body) for key, body in asked])
    for (key, body), (status, _, hexed) in zip(asked, answers):
        same((OK, openssl_hmac(key, b'1736937000.' + body)), (status, hexed.decode()), (key, body))


def tool(args, body):
    return subprocess.run([TOOL, *args], input=body, capture_output=True, check=False)


def the_tool(same):
    with tempfile.TemporaryDirectory() as directory:
        for key, body in rows(4, 40, 8):
            path = os.path.join(directory, 'secret')
            with open(path, 'wb') as f:
                f.write(key.rstrip(b'\r\n') + b'\n')
            wanted = openssl_hmac(key.rstrip(b'\r\n'), b'1736937000.' + body)
            got = tool(['sign', '--secret-file', path, '--timestamp', '1736937000'], body)
            same((0, wanted + '\n'), (got.returncode, got.stdout.decode()), (key, body))
            verify = ['verify', '--secret-file', path, '--timestamp', '1736937000', '--now',
                      '1736937300', '--signature']
            same(0, tool([*verify, wanted], body).returncode, (key, body))
            same(1, tool([*verify, wanted], body + b'\n').returncode, (key, body))


def main():
    c = Checks('openssl')
    c.check('dgst -mac HMAC with short and long keys', 52, hmacs)
    c.check('signatures of timestamp.body', 30, signatures)
    c.check('the tool signs as openssl does and verifies that', 3 * 40, the_tool)
    return c.end()


sys.exit(main())
