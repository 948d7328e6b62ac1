// libdatachannel (C++; ICE by libjuice, SCTP by usrsctp) through its own bindings, node-datachannel. It has a pool of threads.

import { PeerConnection } from 'node-datachannel';
import { LOW_WATER } from '../load.js';

const configuration = { iceServers: [], bindAddress: '127.0.0.1' };

export async function connect() {
  const offerer = new PeerConnection('offerer', configuration), answerer = new PeerConnection('answerer', configuration);
  pass(offerer, answerer);
  pass(answerer, offerer);
  const announced = new Promise(resolve => answerer.onDataChannel(resolve));
  const near = offerer.createDataChannel('load');
  const open = new Promise(resolve => near.onOpen(resolve));
  const far = await announced;
  await open;
  return {
    near: wrap(near),
    far: wrap(far),
    open: async () => {
      const another = offerer.createDataChannel('another');
      const open = new Promise(resolve => another.onOpen(resolve));
      const its = await new Promise(resolve => answerer.onDataChannel(resolve));
      await open;
      return { near: wrap(another), far: wrap(its) };
    },
    close: async () => {
      const closed = [offerer, answerer].map(peer => new Promise(resolve => peer.onStateChange(state => state === 'closed' && resolve())));
      offerer.close();
      answerer.close();
      await Promise.all(closed);
    },
  };
}

function pass(from, to) {
  from.onLocalDescription((sdp, type) => to.setRemoteDescription(sdp, type));
  from.onLocalCandidate((candidate, mid) => to.addRemoteCandidate(candidate, mid));
}

function wrap(channel) {
  let low = () => {};
  channel.setBufferedAmountLowThreshold(LOW_WATER);
  channel.onBufferedAmountLow(() => low());
  return {
    send: bytes => channel.sendMessageBinary(bytes),
    bufferedAmount: () => channel.bufferedAmount(),
    whenLow: () => channel.bufferedAmount() <= LOW_WATER ? Promise.resolve() : new Promise(resolve => { low = resolve; }),
    onMessage: handler => channel.onMessage(data => handler(typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength))),
  };
}
