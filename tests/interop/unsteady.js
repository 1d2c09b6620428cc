// unsteady.js -- what stands in front of the mission's Express handler: every request is written to
// standard error as a line of JSON, and is answered as its own payload asks for. A payload with
// {"plan":{"WEBHOOK":[503,[429,"1"],"hang"]}} fails the first attempt of that webhook, the second
// with a Retry-After, leaves the third without an answer, and hands all others to the handler; 0
// does so too.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');

const attempts = new Map(); // webhook and $id: how many have come

function keep(req, res, raw) {
    req.raw = raw.toString();
}

// entry: what the plan has for this attempt
function entry(webhook, event) {
    const key = `${webhook} ${event.$id}`;
    const n = attempts.get(key) ?? 0;
    attempts.set(key, n + 1);
    return event.payload?.plan?.[webhook]?.[n] ?? 0;
}

function front(req, res, next) {
    const webhook = req.headers['x-appwrite-webhook-id'];
    const [status, after] = [entry(webhook, req.body)].flat();
    const record = {
        webhook,
        id: req.body.$id,
        body: req.raw,
        timestamp: req.headers['x-appwrite-webhook-timestamp'],
        signature: req.headers['x-appwrite-webhook-signature'],
        fields: req.rawHeaders,
        port: req.socket.remotePort,
        at: Date.now(),
        status,
    };
    const print = () => process.stderr.write(`request ${JSON.stringify(record)}\n`);
    if (status === 0) {
        res.on('finish', () => {
            record.status = res.statusCode;
            print();
        });
        return next();
    }
    print();
    if (status === 'hang') return undefined;
    if (after) res.set('Retry-After', after);
    return res.status(status).send('as planned');
}

function server(app) {
    const { UNSTEADY, TLS_FILE } = process.env;
    const pem = UNSTEADY === 'https' ? fs.readFileSync(TLS_FILE) : undefined;
    const made = pem ? https.createServer({ key: pem, cert: pem }, app) : http.createServer(app);
    const keepMs = Number(process.env.KEEP_MS ?? 0);
    if (keepMs > 0) {
        made.keepAliveTimeout = keepMs;
        made.keepAliveTimeoutBuffer = 0; // close when it has said so
    }
    return made;
}

module.exports = { keep, front, server };
