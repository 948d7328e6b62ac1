// werift, WebRTC in TypeScript: everything on the one thread of JavaScript. It keeps what it is given to send, so it gets copies.

import { RTCPeerConnection } from 'werift';
import { byPolling, connect as connectW3C } from '../w3c.js';

const configuration = { iceServers: [], iceUseIpv6: false };

export const connect = () => connectW3C(RTCPeerConnection, configuration, channel => byPolling(channel, bytes => Buffer.from(bytes)));
