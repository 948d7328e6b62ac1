// Runs peer.js over libdatachannel. A line of standard input is a call: {"id", "expression"}; a line of standard output is
// its result, {"id", "value"} or {"id", "error"}, or a candidate: {"candidate"}.

import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';
import { RTCPeerConnection } from 'node-datachannel/polyfill';

const write = message => process.stdout.write(`${JSON.stringify(message)}\n`);

globalThis.RTCPeerConnection = RTCPeerConnection;
globalThis.tell = candidate => write({ candidate });

async function run({ id, expression }) {
  try {
    write({ id, value: await runInThisContext(expression) ?? null });
  } catch (error) {
    write({ id, error: String(error.stack ?? error) });
  }
}

createInterface({ input: process.stdin }).on('line', line => run(JSON.parse(line))).on('close', () => process.exit());
