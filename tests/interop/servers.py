"""Programs and servers on loopback, bounded, that end with the script which started them."""
import re
import signal
import subprocess
import sys
import threading
import time

SECRET = 'a secret of the interop tests'


def bound(seconds):
    """the whole script ends then, as a failure"""
    def stop(*_):
        print(f'broken off after {seconds} s', flush=True)
        sys.exit(1)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


class Sender:
    """`webhook send` with what is the same for all deliveries of a script"""

    def __init__(self, tool, *args):
        self.tool, self.args = tool, args

    def __call__(self, url, *args, payload=b'{"total":99.99}', env=None, seconds=30):
        command = [self.tool, 'send', url, '--event', 'orders.o1.create', *self.args, *args]
        begun = time.monotonic()
        r = subprocess.run(command, input=payload, capture_output=True, check=False,
                           timeout=seconds, env={'WEBHOOK_SECRET': SECRET, **(env or {})})
        r.seconds = time.monotonic() - begun
        r.stdout, r.stderr = r.stdout.decode(), r.stderr.decode()
        return r


def delivered(r, same, about, status=200):
    same(True, re.fullmatch(f'{status} in [0-9]+ ms\n', r.stdout) is not None,
         f'{about}: {r.stdout}{r.stderr}')
    same(0 if status // 100 == 2 else 1, r.returncode, about)


def failed(r, same, about, words, code=1):
    """nothing on standard output, and words that name the reason"""
    same('', r.stdout, about)
    same(code, r.returncode, f'{about}: {r.stderr}')
    same(True, re.search(words, r.stderr) is not None, f'{about}: {r.stderr!r} has no {words!r}')


def thread(fn, *args):
    t = threading.Thread(target=fn, args=args, daemon=True)
    t.start()
    return t


def read_request(stream):
    """a whole request from anything with recv: (head, body), or None where it ends before"""
    data = b''
    while b'\r\n\r\n' not in data:
        more = stream.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b'\r\n\r\n', 1)
    length = int(re.search(rb'(?i)\r\ncontent-length: *([0-9]+)', head).group(1))
    pieces, have = [body], len(body)
    while have < length:
        pieces.append(stream.recv(65536))
        if not pieces[-1]:
            return None
        have += len(pieces[-1])
    return head, b''.join(pieces)
