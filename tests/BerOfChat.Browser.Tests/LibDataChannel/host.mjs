// Runs peer.js over libdatachannel. A line of standard input is a call: {"id", "expression"}; a line of standard output is
// its result, {"id", "value"} or {"id", "error"}, or a candidate: {"candidate"}.

import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';
import { PeerConnection } from 'node-datachannel';
import { RTCPeerConnection } from 'node-datachannel/polyfill';

const write = message => process.stdout.write(`${JSON.stringify(message)}\n`);

const replace = (object, name, makeFunction) => Object.defineProperty(object, name, { value: makeFunction(object[name].bind(object)) });

// The binding reports a channel's end and its messages over queues of their own, the end first, and throws away the messages that are
// still queued then. So its report of the end is never asked for; the channel is looked at instead.
function watch(channel) {
  let hasBeenOpen = channel.isOpen();
  replace(channel, 'onOpen', onOpen => callback => onOpen(() => { hasBeenOpen = true; callback(); }));
  replace(channel, 'onClosed', () => callback => {
    const timer = setInterval(() => {
      if (!hasBeenOpen || channel.isOpen()) return;
      clearInterval(timer);
      setImmediate(callback);
    }, 5);
  });
  return channel;
}

function makeConnection() {
  const connection = new PeerConnection('peer', { iceServers: [] });
  replace(connection, 'createDataChannel', create => (...parameters) => watch(create(...parameters)));
  replace(connection, 'onDataChannel', onDataChannel => callback => onDataChannel(channel => callback(watch(channel))));
  return connection;
}

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor() {
    super({ peerConnection: makeConnection() });
  }
};
globalThis.tell = candidate => write({ candidate });

async function run({ id, expression }) {
  try {
    write({ id, value: await runInThisContext(expression) ?? null });
  } catch (error) {
    write({ id, error: String(error.stack ?? error) });
  }
}

createInterface({ input: process.stdin }).on('line', line => run(JSON.parse(line))).on('close', () => process.exit());
