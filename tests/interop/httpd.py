"""A receiver on Python's http.server: prints its port, ends when its standard input does. Version
1.0 ends its answers by closing; /1.1/… keeps the connection, /chunked sends chunks with a trailer."""
import http.server
import os
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        keep = self.path.startswith('/1.1/')
        self.protocol_version = 'HTTP/1.1' if keep or self.path == '/chunked' else 'HTTP/1.0'
        self.send_response(int(self.path.rsplit('/', 1)[1]) if keep else 200)
        if keep:
            self.send_header('Content-Length', '2')
        elif self.path == '/chunked':
            self.send_header('Transfer-Encoding', 'chunked')
            self.send_header('Trailer', 'X-Sum')
        self.end_headers()
        if self.path == '/chunked':
            for piece in (b'a' * 1000, b'b', body[:5000]):
                self.wfile.write(b'%X\r\n%s\r\n' % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b'0\r\nX-Sum: 1\r\n\r\n')
        else:
            self.wfile.write(b'OK' if keep else b'all there is until the close')

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(f'port {server.server_port}', flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
