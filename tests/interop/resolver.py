"""Names and addresses: a resolver that never answers, names that lead inward or change where they
lead, and public addresses, in a network of its own: resolver.py TOOL"""
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

from servers import Sender, bound, delivered, failed, read_request, thread
from wire import Checks

TOOL = sys.argv[1]
PUBLIC, AWAY = '198.41.0.4', '198.41.0.5'  # AWAY is public as well, and nothing leads there
UNSHARE = ('unshare', '-rmn')
HOSTS = f'''127.0.0.1 localhost
::1 localhost
127.0.0.1 loopback.example
10.1.2.3 private.example
169.254.169.254 metadata.example
100.64.0.1 shared.example
0.0.0.0 unspecified.example
::1 loopback6.example
fd00::1 local6.example
fe80::1 link6.example
::ffff:127.0.0.1 mapped6.example
64:ff9b::7f00:1 translated6.example
2002:7f00:1:: sixtofour.example
{PUBLIC} public.example
'''
send = Sender(TOOL, '--time-limit', '10')


# ---- the network ----

def mount(target, text):
    """text in place of a file of the system, for this namespace alone"""
    target = os.path.realpath(target)
    if not os.path.exists(target):
        return
    with tempfile.NamedTemporaryFile('w', delete=False) as f:
        f.write(text)
    os.chmod(f.name, 0o644)
    subprocess.run(['mount', '--bind', f.name, target], check=True)
    os.unlink(f.name)


def set_up():
    for command in ('link set lo up', f'addr add {PUBLIC}/32 dev lo'):
        subprocess.run(['ip', *command.split()], check=True)
    mount('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n')
    mount('/etc/hosts', HOSTS)
    mount('/etc/nsswitch.conf', 'hosts: files dns\n')


class Web:
    """a receiver at one address; counts its connections"""

    def __init__(self, host, port=0, answer='200 OK'):
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.listener = socket.create_server((host, port), family=family)
        self.port = self.listener.getsockname()[1]
        self.answer, self.count = answer, 0
        thread(self.serve)

    def serve(self):
        while True:
            conn, _ = self.listener.accept()
            self.count += 1
            conn.settimeout(5)
            if read_request(conn):
                conn.sendall(f'HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\n\r\n'.encode())
            conn.close()


A, CNAME, AAAA = 1, 5, 28


class Names:
    """a name server (RFC 1035) for the names in table: each a list of answers that take turns; an
    answer is a list of (type, text), or the number of an error; asked counts look-ups of type A"""

    def __init__(self, table):
        self.table, self.asked, self.delay = table, {}, {}
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(('127.0.0.1', 53))
        thread(self.serve)

    def serve(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            thread(self.reply, query, peer)

    def reply(self, query, peer):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question, kind = query[12:at + 5], struct.unpack_from('>H', query, at + 1)[0]
        name = '.'.join(labels)
        turns = self.table.get(name, [3])
        turn = self.asked.get(name, 0)
        if kind == A:
            self.asked[name] = turn + 1
        answer = turns[turn % len(turns)]
        code = answer if isinstance(answer, int) else 0
        records = [] if code else records_of(answer, kind)
        time.sleep(self.delay.get(name, 0))
        head = struct.pack('>2sHHHHH', query[:2], 0x8180 | code, 1, len(records), 0, 0)
        self.udp.sendto(head + question + b''.join(records), peer)


def encoded(name):
    return b''.join(bytes([len(p)]) + p.encode() for p in name.split('.')) + b'\0'


def records_of(answer, kind):
    """those that a question for kind is answered with, none with a life of its own; what follows an
    alias is about the name that it leads to"""
    owner, records = b'\xc0\x0c', []
    for k, text in answer:
        if k not in (kind, CNAME):
            continue
        data = (encoded(text) if k == CNAME
                else socket.inet_pton(socket.AF_INET if k == A else socket.AF_INET6, text))
        records.append(owner + struct.pack('>HHIH', k, 1, 0, len(data)) + data)
        if k == CNAME:
            owner = data
    return records


# ---- checks ----

def dead(same):
    """the time limit holds although nothing can stop a look-up"""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(('127.0.0.1', 53))
    for limit in (0.5, 2):
        r = Sender(TOOL, '--time-limit', str(limit))('http://nowhere.example/')
        failed(r, same, limit, 'time limit.*looking up')
        same(True, limit <= r.seconds < limit + 0.5, f'{limit} s: {r.seconds:.3f} s')
    silent.setblocking(False)
    same(True, len(silent.recv(999)) > 0, 'the resolver was asked')
    silent.close()


def inward(same, web, inside):
    """what leads inward is refused, by an address or by a name"""
    delivered(send(f'http://{PUBLIC}:{web.port}/'), same, 'a public address')
    delivered(send(f'http://public.example:{web.port}/'), same, 'a name for it')
    for line in HOSTS.splitlines()[2:-1]:
        ip, name = line.split()
        r = send(f'http://{name}:{web.port}/')
        failed(r, same, line, 'not allowed')
        literal = f'[{ip}]' if ':' in ip else ip
        failed(send(f'http://{literal}:{web.port}/'), same, f'{ip} itself', 'not a public', 2)
    failed(send(f'http://localhost:{web.port}/'), same, 'localhost', 'not allowed')
    private = Sender(TOOL, '--allow-private', '--time-limit', '10')
    for name in ('metadata', 'unspecified', 'link6', 'sixtofour'):
        failed(private(f'http://{name}.example:{web.port}/'), same, name, 'not allowed')
    same(0, inside.count, 'connections inward')
    same(2, web.count, 'connections to the public one')
    delivered(private(f'http://loopback.example:{web.port}/'), same, 'allowed')
    net = Sender(TOOL, '--allow-net', '127.0.0.0/8')
    delivered(net(f'http://loopback.example:{web.port}/'), same, 'allowed by its block')
    failed(net(f'http://private.example:{web.port}/'), same, 'not in the block', 'not allowed')
    same(2, inside.count, 'connections inward that were allowed')


def changing(same, web, inside):
    """a name is judged by where the connection goes, each time"""
    names = Names({
        'rebind.example': [[(A, PUBLIC)], [(A, '127.0.0.1')]],
        'alias.example': [[(CNAME, 'localhost.example'), (A, '127.0.0.1')]],
        'next.example': [[(A, AWAY), (A, '127.0.0.1')]],
        'both.example': [[(A, '127.0.0.1'), (A, PUBLIC), (AAAA, '::1')]],
        'six.example': [[(AAAA, '::1')]],
        'mapped.example': [[(AAAA, '::ffff:127.0.0.1')]],
        'away.example': [[(A, AWAY)]],
        'slow.example': [[(A, PUBLIC)]],
        'broken.example': [2],
        'empty.example': [[]],
    })
    names.delay['slow.example'] = 0.7
    before, was = web.count, inside.count

    def url(name):
        return f'http://{name}.example:{web.port}/'
    for turn in range(3):
        delivered(send(url('rebind')), same, f'public, turn {turn}')
        failed(send(url('rebind')), same, f'private, turn {turn}', r'127\.0\.0\.1 is not allowed')
        same(2 * turn + 2, names.asked['rebind.example'], 'one look-up for each attempt')
    same(before + 3, web.count, 'connections to the public address')
    for name in ('alias', 'six', 'mapped'):
        failed(send(url(name)), same, name, 'not allowed')
    failed(send(url('next')), same, 'one unreachable, one inside', 'not allowed|connect')
    failed(send(url('away')), same, 'nothing leads there', 'connect|unreachable')
    delivered(send(url('slow')), same, 'a resolver that takes its time')
    failed(send(url('nobody')), same, 'no such name', 'no such host')
    failed(send(url('empty')), same, 'a name without address', 'look up')
    failed(Sender(TOOL, '--time-limit', '2')(url('broken')), same, 'a resolver that fails',
           'look up|time limit')
    send(url('both'))  # delivered or refused: either is right, where it does not go inward
    same(was, inside.count, 'connections inward')


def redirected(same, inside):
    """a redirect inward is a failure, and not followed"""
    was = inside.count
    for status in (301, 302, 303, 307, 308):
        web = Web(PUBLIC, 0, f'{status} X\r\nLocation: http://127.0.0.1:{inside.port}/')
        delivered(send(f'http://{PUBLIC}:{web.port}/'), same, status, status)
    same(was, inside.count, 'connections inward')


def inner():
    bound(150)
    set_up()
    web = Web(PUBLIC)
    inside, inside6 = Web('127.0.0.1', web.port), Web('::1', web.port)
    c = Checks('resolver')
    c.check('the time limit holds while the resolver is dead', 9, dead)
    c.check('inside addresses are refused, by address and by name', 95,
            lambda same: inward(same, web, inside))
    c.check('a name that changes where it leads', 46, lambda same: changing(same, web, inside))
    c.check('a redirect inward', 11, lambda same: redirected(same, inside))
    c.check('nothing came to ::1', 1, lambda same: same(0, inside6.count, 'connections'))
    return c.end()


def main():
    if sys.argv[2:] == ['inner']:
        return inner()
    try:
        subprocess.run([*UNSHARE, 'ip', 'link', 'set', 'lo', 'up'], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as e:
        why = (getattr(e, 'stderr', b'') or b'').decode().strip() or e
        print(f'resolver: SKIPPED, ALL OF IT: no network of our own (unshare, iproute2): {why}')
        print('0 passed, 0 failed')
        return 0
    command = [*UNSHARE, sys.executable, '-B', os.path.abspath(__file__), TOOL, 'inner']
    return subprocess.run(command, check=False).returncode


sys.exit(main())
