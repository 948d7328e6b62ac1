// werift, WebRTC in TypeScript: everything on the one thread of JavaScript. It keeps what it is given to send, so it gets copies.

import { createSocket } from 'node:dgram';
import { RTCPeerConnection } from 'werift';
import { byPolling, connect as connectW3C } from '../w3c.js';

// Without a STUN server werift asks a public one, and waits nine seconds where it gets no answer. This one says what it sees (RFC 8489).
const COOKIE = 0x2112A442;
const stun = createSocket('udp4');
stun.on('message', (request, { address, port }) => {
  const response = Buffer.alloc(32);
  response.writeUInt16BE(0x0101, 0);
  response.writeUInt16BE(12, 2);
  request.copy(response, 4, 4, 20);
  response.writeUInt16BE(0x0020, 20);
  response.writeUInt16BE(8, 22);
  response.writeUInt8(1, 25);
  response.writeUInt16BE(port ^ (COOKIE >>> 16), 26);
  address.split('.').forEach((part, i) => response.writeUInt8(Number(part) ^ (COOKIE >>> (24 - 8 * i) & 0xFF), 28 + i));
  stun.send(response, port, address);
});
await new Promise(resolve => stun.bind(0, '127.0.0.1', resolve));

const configuration = { iceServers: [{ urls: `stun:127.0.0.1:${stun.address().port}` }], iceUseIpv6: false };

// Hundreds of messages at once would wait in a queue that it searches for each of them, and next to nothing would arrive.
export const connect = async () => ({ ...await connectW3C(RTCPeerConnection, configuration, channel => byPolling(channel, bytes => Buffer.from(bytes))), turn: 16 });
