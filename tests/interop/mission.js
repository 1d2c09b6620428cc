// mission.js -- the mission's Express handler, to the letter, as a server. The secret comes in
// WEBHOOK_SECRET; prints its port; ends when its standard input does. With UNSTEADY in the
// environment unsteady.js stands in front of it, and serves https where it is "https".
'use strict';
const crypto = require('node:crypto');
const http = require('node:http');
const express = require('express');

const unsteady = process.env.UNSTEADY ? require('./unsteady.js') : undefined;
const app = express();
app.use(express.json({ limit: '2mb', verify: unsteady?.keep }));
if (unsteady) app.use(unsteady.front);

app.post('/webhooks/appwrite', (req, res) => {
    const signature = req.headers['x-appwrite-webhook-signature'];
    const timestamp = req.headers['x-appwrite-webhook-timestamp'];

    // Recreate signature
    const payload = `${timestamp}.${JSON.stringify(req.body)}`;
    const expected = crypto
        .createHmac('sha256', process.env.WEBHOOK_SECRET)
        .update(payload)
        .digest('hex');

    if (signature !== expected) {
        return res.status(401).send('Invalid signature');
    }

    // Process webhook
    const event = req.body;
    console.log('Event:', event.event);
    console.log('Payload:', event.payload);

    res.status(200).send('OK');
});

const server = unsteady ? unsteady.server(app) : http.createServer(app);
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.stdin.on('end', () => process.exit(0)).resume();
