// libwebrtc, Google's implementation in C++, through the bindings @roamhq/wrtc. It has threads of its own for network and signaling.

import wrtc from '@roamhq/wrtc';
import { byPolling, connect as connectW3C } from '../w3c.js';

export const connect = () => connectW3C(wrtc.RTCPeerConnection, { iceServers: [] }, byPolling);
