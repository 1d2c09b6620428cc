// mission.js -- the mission's Express handler, to the letter, as a server. The secret comes in
// WEBHOOK_SECRET; prints its port; ends when its standard input does.
'use strict';
const crypto = require('node:crypto');
const express = require('express');

const app = express();
app.use(express.json({ limit: '2mb' }));

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

const server = app.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
process.stdin.on('end', () => process.exit(0)).resume();
