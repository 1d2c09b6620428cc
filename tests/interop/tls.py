"""HTTPS with a certification authority of our own: what `webhook send` delivers, and which faults
it names: tls.py TOOL NGINX"""
import hashlib
import hmac
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

from servers import SECRET, Sender, bound, delivered, failed, read_request, thread
from wire import Checks

TOOL, NGINX = sys.argv[1:]
send = Sender(TOOL, '--allow-private', '--time-limit', '15')
bound(150)
warnings.simplefilter('ignore', DeprecationWarning)  # old versions are wanted here
DIR = tempfile.TemporaryDirectory()
LARGE = b'["' + b'0123456789' * 100_000 + b'"]'


def path(name):
    return os.path.join(DIR.name, name)


def openssl(*args):
    subprocess.run(['openssl', *args], check=True, capture_output=True, cwd=DIR.name)


def write(name, text):
    with open(path(name), 'w', encoding='ascii') as f:
        f.write(text)


# ---- certificates, made while it runs ----

CA_CONFIG = '''
[ca]
default_ca = this
[this]
database = index
new_certs_dir = .
serial = serial
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[extensions]
basicConstraints = critical, CA:FALSE
%s
'''
KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')


def authority(name):
    openssl('req', '-x509', *KEY, '-keyout', f'{name}.key', '-out', f'{name}.pem', '-days', '2',
            '-subj', f'/CN={name}', '-addext', 'keyUsage=critical,keyCertSign,cRLSign')


def certificate(name, names, start='20240101000000Z', end='20991231235959Z', ca='authority',
                cn='somebody', more=''):
    """name.pem and name.key, signed by ca"""
    openssl('req', '-new', *KEY, '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj',
            f'/CN={cn}')
    extensions = f'subjectAltName = {names}\n' if names else ''
    write('index', '')
    write('index.attr', '')
    write('serial', os.urandom(8).hex())
    write('config', CA_CONFIG % (extensions + more))
    openssl('ca', '-batch', '-config', 'config', '-cert', f'{ca}.pem', '-keyfile', f'{ca}.key',
            '-in', f'{name}.csr', '-out', f'{name}.pem', '-startdate', start, '-enddate', end,
            '-extensions', 'extensions', '-notext')


def make_certificates():
    for name in ('authority', 'stranger'):
        authority(name)
    certificate('good', 'DNS:localhost')
    certificate('address', 'IP:127.0.0.1, IP:::1')
    certificate('text', 'DNS:127.0.0.1')
    certificate('other', 'DNS:example.com, DNS:localhost.example.com, DNS:*.localhost')
    certificate('expired', 'DNS:localhost', end='20240102000000Z')
    certificate('future', 'DNS:localhost', start='20980101000000Z')
    certificate('foreign', 'DNS:localhost', ca='stranger')
    certificate('clients', 'DNS:localhost', more='extendedKeyUsage = clientAuth\n')
    openssl('req', '-x509', *KEY, '-keyout', 'self.key', '-out', 'self.pem', '-days', '2', '-subj',
            '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost')


# ---- a receiver ----

class Receiver:
    """Verifies as the mission says, and answers so; ends each connection in order, unless the TLS
    layer is torn down under it. What its clients did lies in the lists."""

    def __init__(self, name='good', context=None, answer=None, unwrap=True):
        self.context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path(f'{name}.pem'), path(f'{name}.key'))
        self.context.sni_callback = lambda _, asked, __: self.asked.append(asked)
        self.answer, self.unwrap = answer, unwrap
        self.asked, self.versions, self.bodies, self.faults = [], [], [], []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        thread(self.serve)

    def serve(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            thread(self.one, conn)

    def one(self, conn):
        conn.settimeout(10)
        try:
            with self.context.wrap_socket(conn, server_side=True) as tls:
                self.versions.append(tls.version())
                request = read_request(tls)
                if request:
                    tls.sendall(self.answer or self.judge(*request))
                if self.unwrap:
                    tls.unwrap()
        except (OSError, ValueError) as e:
            self.faults.append(str(e))
        finally:
            conn.close()

    def judge(self, head, body):
        fields = dict(re.findall(r'\r\n([^:]+): ([^\r]*)', head.decode('latin1')))
        signed = fields['X-Appwrite-Webhook-Timestamp'].encode() + b'.' + body
        mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        good = hmac.compare_digest(mac, fields['X-Appwrite-Webhook-Signature'])
        self.bodies.append(body)
        return f'HTTP/1.1 {200 if good else 401} X\r\nContent-Length: 0\r\n\r\n'.encode()

    def url(self, host='localhost'):
        return f'https://{host}:{self.port}/hook'

    def close(self):
        self.listener.close()


def trust(name='authority'):
    return ('--ca-file', path(f'{name}.pem'))


# ---- checks ----

def good(same):
    r = Receiver()
    delivered(send(r.url(), *trust()), same, 'with --ca-file')
    delivered(send(r.url(), *trust(), payload=LARGE), same, 'a megabyte')
    delivered(send(r.url(), env={'SSL_CERT_FILE': path('authority.pem')}), same, 'SSL_CERT_FILE')
    delivered(send(r.url(), *trust(), env={'SSL_CERT_FILE': path('stranger.pem')}), same,
              '--ca-file wins over SSL_CERT_FILE')
    delivered(send(r.url('LOCALHOST'), *trust()), same, 'in capitals')
    same(5, len(r.bodies), r.faults)
    same({'localhost'}, {name.lower() for name in r.asked}, 'the name that the server is told')
    same({'TLSv1.3'}, set(r.versions), 'the version')
    r.close()


def addresses(same):
    r = Receiver('address')
    delivered(send(r.url('127.0.0.1'), *trust()), same, 'an IPv4 address in the certificate')
    same([None], r.asked, 'a server is told no address')
    failed(send(r.url('localhost'), *trust()), same, 'no name in it', 'certificate|host')
    r.close()
    r = Receiver('text')
    failed(send(r.url('127.0.0.1'), *trust()), same, 'an address as a name', 'certificate|IP')
    same([], r.bodies, 'what was told all the same')
    r.close()
    r = Receiver('good')
    failed(send(r.url('127.0.0.1'), *trust()), same, 'no address in it', 'certificate|IP')
    same([], r.bodies, 'what was told all the same')
    r.close()


def versions(same):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        r = Receiver(context=context)
        delivered(send(r.url(), *trust(), payload=LARGE), same, version.name)
        same(version.name, r.versions[-1].replace('.', '_'), 'the version')
        r.close()


def refused(same):
    """no certificate that does not stand is told anything"""
    rows = [
        ('good', (), 'without --ca-file', 'unable to get local issuer certificate'),
        ('good', trust('stranger'), 'with another authority',
         'unable to get local issuer certificate|signature failure'),
        ('foreign', trust(), 'of another authority', 'unable to get local issuer certificate'),
        ('self', trust(), 'signed by itself', 'self.signed certificate'),
        ('other', trust(), 'a wrong name', 'hostname mismatch'),
        ('expired', trust(), 'expired', 'expired'),
        ('future', trust(), 'not yet good', 'not yet valid'),
        ('clients', trust(), 'for clients only', 'purpose|usage'),
    ]
    for name, args, about, words in rows:
        r = Receiver(name)
        failed(send(r.url(), *args), same, about, words)
        same([], r.bodies, f'{about}: what was told all the same')
        r.close()
    r = Receiver()
    failed(send(r.url(), '--ca-file', path('nowhere')), same, 'no such file', 'ca-file', 2)
    failed(send(r.url(), '--ca-file', path('good.key')), same, 'no certificate', 'ca-file', 2)
    failed(send(r.url(), env={'SSL_CERT_FILE': path('nowhere')}), same, 'no such file of the '
           'environment', 'SSL_CERT_FILE', 2)
    same([], r.asked, 'connections')
    r.close()


def old_server():
    """a server that offers TLS 1.1 alone, or None where the library here cannot"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers('ALL:@SECLEVEL=0')
    except (ssl.SSLError, ValueError):
        return None
    r = Receiver(context=context)
    command = ['openssl', 's_client', '-connect', f'127.0.0.1:{r.port}', '-tls1_1', '-cipher',
               'ALL:@SECLEVEL=0']
    s = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                       timeout=10)
    return r if s.returncode == 0 and b'TLSv1.1' in s.stdout else None


def old(same):
    r = old_server()
    if r is None:
        print('tls: SKIPPED: the OpenSSL here cannot serve TLS 1.1')
        return same(True, True, 'skipped')
    failed(send(r.url(), *trust()), same, 'TLS 1.1', 'version|protocol')
    same([], r.bodies, 'what was told all the same')
    r.close()


def odd(same):
    """peers that are no TLS servers, or end it in disorder"""
    hasty = Sender(TOOL, '--allow-private', '--time-limit', '1')
    listener = socket.create_server(('127.0.0.1', 0))
    url = f'https://localhost:{listener.getsockname()[1]}/'

    def serve(act):
        conn, _ = listener.accept()
        conn.settimeout(10)
        try:
            act(conn)
        except OSError:
            pass
        conn.close()

    def plain(conn):
        conn.recv(65536)
        conn.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
        conn.recv(65536)

    for about, act, words in [
            ('plain HTTP', plain, 'wrong version number|record|TLS'),
            ('closed at once', lambda conn: None, 'closed|reset|eof|failed'),
            ('closed after the hello', lambda conn: conn.recv(9), 'closed|reset|eof|failed'),
            ('silence', lambda conn: time.sleep(3), 'time limit')]:
        t = thread(serve, act)
        r = hasty(url, *trust()) if about == 'silence' else send(url, *trust())
        failed(r, same, about, words)
        same(True, r.seconds < 5, f'{about}: {r.seconds} s')
        t.join(10)
    listener.close()


def ends(same):
    """with its head the answer is there; before, an end is none"""
    ok = b'HTTP/1.1 200 OK\r\n'
    rows = [(ok + b'\r\nuntil the close', True, 200), (ok + b'\r\nuntil the close', False, 200),
            (ok + b'Content-Length: 9\r\n\r\ncut', False, 200), (ok + b'Serv', True, 0),
            (ok + b'Serv', False, 0), (b'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n', True, 503),
            (b'HTTP/1.1 103 X\r\n\r\n' + ok + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', True,
             200)]
    for answer, unwrap, status in rows:
        r = Receiver(answer=answer, unwrap=unwrap)
        s = send(r.url(), *trust())
        if status:
            delivered(s, same, (answer, unwrap), status)
        else:
            failed(s, same, (answer, unwrap), 'closed|end|eof|EOF|failed')
        r.close()


def clients(same):
    """a server that wants a certificate of the client gets none, and says so"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_verify_locations(path('authority.pem'))
    context.verify_mode = ssl.CERT_OPTIONAL
    r = Receiver(context=context)
    delivered(send(r.url(), *trust()), same, 'one that would like one')
    r.close()
    context.verify_mode = ssl.CERT_REQUIRED
    r = Receiver(context=context)
    failed(send(r.url(), *trust()), same, 'one that insists', 'certificate')
    same([], r.bodies, 'what was taken all the same')
    r.close()


NGINX_CONFIG = '''
daemon off; master_process off; pid {dir}/pid; error_log {dir}/error.log error;
events {{ worker_connections 64; }}
http {{
  access_log off; client_max_body_size 4m; client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u;
  scgi_temp_path {dir}/s;
  server {{
    listen 127.0.0.1:{port} ssl http2; ssl_certificate good.pem; ssl_certificate_key good.key;
    location / {{ return 200 "OK"; }}
    location /hook {{ proxy_pass https://127.0.0.1:{behind}; }}
    location /500 {{ return 500; }}
  }}
}}
'''


def wait_for(port):
    for _ in range(200):
        try:
            return socket.create_connection(('127.0.0.1', port)).close()
        except OSError:
            time.sleep(0.025)
    raise RuntimeError('nginx does not listen')


def nginx(same):
    """nginx offers HTTP/2 too, and hands on to a receiver of ours"""
    behind = Receiver('good')
    with socket.create_server(('127.0.0.1', 0)) as s:
        port = s.getsockname()[1]  # nginx has no port 0: one that was free just now
    write('nginx', NGINX_CONFIG.format(dir=DIR.name, port=port, behind=behind.port))
    with subprocess.Popen([NGINX, '-p', DIR.name, '-e', path('error.log'), '-c', path('nginx')],
                          stdin=subprocess.DEVNULL) as p:
        try:
            wait_for(port)
            url = f'https://localhost:{port}'
            delivered(send(f'{url}/', *trust()), same, 'nginx')
            delivered(send(f'{url}/500', *trust()), same, 'nginx', 500)
            delivered(send(f'{url}/hook', *trust(), payload=LARGE), same, 'nginx in front')
            delivered(send(f'http://localhost:{port}/'), same, 'http where it is https', 400)
        finally:
            p.terminate()
            p.wait(10)
    behind.close()


def main():
    version = subprocess.run([TOOL, '--version'], capture_output=True, check=True).stdout.decode()
    c = Checks('tls')
    if 'TLS by' not in version:
        print(f'tls: SKIPPED, ALL OF HTTPS: {version.strip()}: install libssl-dev and build again')
        print('0 passed, 0 failed')
        return 0
    make_certificates()
    c.check('a receiver with a certificate of its own authority', 13, good)
    c.check('addresses in certificates', 13, addresses)
    c.check('TLS 1.2 alone, TLS 1.3 alone', 6, versions)
    c.check('certificates that do not stand', 42, refused)
    c.check('TLS 1.1 alone is refused', 1, old)
    c.check('no TLS there', 16, odd)
    c.check('how the connection ends', 16, ends)
    c.check('certificates of clients', 6, clients)
    c.check('nginx with TLS and HTTP/2 on offer', 8, nginx)
    return c.end()


sys.exit(main())
