"""What stands in front of the mission's Flask handler, as unsteady.js does for Express."""
import json
import sys
import threading
import time

from flask import after_this_request, request

ATTEMPTS = {}
OUTPUT = threading.Lock()  # a long line is written in pieces


def entry(webhook, event):
    """what the plan has for this attempt"""
    key = webhook, event['$id']
    n = ATTEMPTS.get(key, 0)
    ATTEMPTS[key] = n + 1
    payload = event['payload']
    plan = payload.get('plan', {}).get(webhook, []) if isinstance(payload, dict) else []
    return plan[n] if n < len(plan) else 0


def front():
    webhook = request.headers['X-Appwrite-Webhook-Id']
    planned = entry(webhook, request.json)
    status, after = planned if isinstance(planned, list) else (planned, None)
    record = {
        'webhook': webhook,
        'id': request.json['$id'],
        'body': request.get_data().decode(),
        'timestamp': request.headers['X-Appwrite-Webhook-Timestamp'],
        'signature': request.headers['X-Appwrite-Webhook-Signature'],
        'port': request.environ['REMOTE_PORT'],
        'at': time.time_ns() // 1_000_000,
        'status': status,
    }

    def show(response):
        record['status'] = response.status_code
        with OUTPUT:
            print('request ' + json.dumps(record), file=sys.stderr, flush=True)
        return response

    after_this_request(show)
    if status == 0:
        return None
    return 'as planned', status, {'Retry-After': after} if after else {}
