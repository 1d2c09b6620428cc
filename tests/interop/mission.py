"""The mission's Flask handler, to the letter, as a server. The secret comes in WEBHOOK_SECRET;
prints its port; ends when its standard input does. With UNSTEADY in the environment unsteady.py
stands in front of it."""
import hashlib
import hmac
import os
import sys
import threading

from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

WEBHOOK_SECRET = os.environ['WEBHOOK_SECRET']
app = Flask(__name__)


@app.route('/webhooks/appwrite', methods=['POST'])
def handle_webhook():
    signature = request.headers.get('X-Appwrite-Webhook-Signature')
    timestamp = request.headers.get('X-Appwrite-Webhook-Timestamp')

    payload = f"{timestamp}.{request.data.decode()}"
    expected = hmac.new(
        WEBHOOK_SECRET.encode(),
        payload.encode(),
        hashlib.sha256
    ).hexdigest()

    if not hmac.compare_digest(signature, expected):
        return 'Invalid signature', 401

    event = request.json
    print(f"Event: {event['event']}", flush=True)

    return 'OK', 200


class Handler(WSGIRequestHandler):
    """Version 1.1 keeps connections; a line for each request would only be noise."""
    protocol_version = 'HTTP/' + os.environ.get('HTTP_VERSION', '1.0')

    def log_request(self, code='-', size='-'):
        pass


UNSTEADY = 'UNSTEADY' in os.environ
if UNSTEADY:
    import unsteady
    app.before_request(unsteady.front)

server = make_server('127.0.0.1', 0, app, threaded=UNSTEADY, request_handler=Handler)
print(f'port {server.server_port}', flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
