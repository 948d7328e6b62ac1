// Two RTCPeerConnections of one process with one ordered, reliable channel; for every implementation that has the W3C API.

import { LOW_WATER } from './load.js';

export async function connect(RTCPeerConnection, configuration, wrap) {
  const offerer = new RTCPeerConnection(configuration), answerer = new RTCPeerConnection(configuration);
  pass(offerer, answerer);
  pass(answerer, offerer);
  const near = offerer.createDataChannel('load');
  const announced = new Promise(resolve => { answerer.ondatachannel = event => resolve(event.channel); });
  await offerer.setLocalDescription(await offerer.createOffer());
  await answerer.setRemoteDescription(offerer.localDescription);
  await answerer.setLocalDescription(await answerer.createAnswer());
  await offerer.setRemoteDescription(answerer.localDescription);
  const far = await announced;
  await Promise.all([opened(near), opened(far)]);
  return {
    near: wrap(near),
    far: wrap(far),
    open: async () => {
      const another = offerer.createDataChannel('another');
      const its = await new Promise(resolve => { answerer.ondatachannel = event => resolve(event.channel); });
      await Promise.all([opened(another), opened(its)]);
      return { near: wrap(another), far: wrap(its) };
    },
    close: async () => {
      await offerer.close();
      await answerer.close();
    },
  };
}

// One RTCPeerConnection whose other end is another program: hears what that says, and tells it the answers. Resolves to the channel.
export async function join(RTCPeerConnection, configuration, wrap, { offers, tell, hear }) {
  const connection = new RTCPeerConnection(configuration);
  connection.onicecandidate = event => tell('candidate', event.candidate?.candidate ?? '');
  let channel = offers ? connection.createDataChannel('load') : null;
  const announced = new Promise(resolve => { connection.ondatachannel = event => resolve(event.channel); });
  hear('offer', async sdp => {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription();
    tell('answer', connection.localDescription.sdp);
  });
  hear('answer', sdp => connection.setRemoteDescription({ type: 'answer', sdp }));
  hear('candidate', candidate => candidate && connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }));
  if (offers) {
    await connection.setLocalDescription();
    tell('offer', connection.localDescription.sdp);
  }
  channel ??= await announced;
  await opened(channel);
  return wrap(channel);
}

// Candidates may come before the other side has a description to put them to; those wait.
function pass(from, to) {
  from.onicecandidate = event => {
    if (!event.candidate) return;
    const add = () => to.addIceCandidate(event.candidate).catch(() => {});
    if (to.remoteDescription) add();
    else {
      const poll = setInterval(() => {
        if (!to.remoteDescription) return;
        clearInterval(poll);
        add();
      }, 1);
    }
  };
}

const opened = channel => channel.readyState === 'open' ? Promise.resolve() : new Promise(resolve => { channel.onopen = resolve; });

// The queue is seen to run low by the event of the standard …
export function byEvent(channel) {
  channel.bufferedAmountLowThreshold = LOW_WATER;
  let low = () => {};
  channel.onbufferedamountlow = () => low();
  // The event may have come before anybody waited for it.
  return wrap(channel, () => channel.bufferedAmount <= LOW_WATER ? Promise.resolve() : new Promise(resolve => { low = resolve; }));
}

// … or, where an implementation does not raise it, by looking every millisecond: at 100 MB/s the half that is left lasts five.
export const byPolling = (channel, copy) => wrap(channel, async () => {
  do await new Promise(resolve => setTimeout(resolve, 1));
  while (channel.bufferedAmount > LOW_WATER);
}, copy);

function wrap(channel, whenLow, copy = bytes => bytes) {
  channel.binaryType = 'arraybuffer';
  return {
    send: bytes => channel.send(copy(bytes)),
    bufferedAmount: () => channel.bufferedAmount,
    whenLow,
    onMessage: handler => { channel.onmessage = event => handler(new Uint8Array(event.data)); },
  };
}
