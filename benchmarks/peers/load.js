// The four measurements of BerOfChat.WebRtc.Throughput, for Node and for a page. The same messages, the same window, the same warm-up.
//
// connect() resolves to { near, far, close() } when both channels are open. A channel has send(bytes), bufferedAmount(), whenLow() (resolves when
// no more than LOW_WATER is queued), and onMessage(bytes => …). A pair may name as turn how many messages it takes at once without harm.
// usage() resolves to { cpuSeconds, residentBytes } of everything that takes part.

export const HIGH_WATER = 1024 * 1024;
export const LOW_WATER = 512 * 1024;
const WARM_UP_ROUND_TRIPS = 2000;
const WARM_UP_CONNECTIONS = 10;
const MAX_TURN = 256 * 1024;
const MAX_TURN_MESSAGES = 256;
const PATIENCE = 10;
const SLICE = 0.25;
const MAX_WARM_UP = 20;

const nextTurn = typeof setImmediate === 'function' ? () => new Promise(setImmediate) : () => new Promise(resolve => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => resolve(port1.close());
  port2.postMessage(0);
});
const after = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

// The number stands little-endian in the first eight bytes and inverted in the last eight, as far as there is room.
function number(message, value) {
  const bytes = new Uint8Array(8), view = new DataView(bytes.buffer);
  view.setUint32(0, value >>> 0, true);
  view.setUint32(4, Math.floor(value / 2 ** 32), true);
  message.set(bytes.subarray(0, Math.min(8, message.length)));
  if (message.length >= 16) message.set(bytes.map(b => ~b), message.length - 8);
}

function is(message, size, value, expected) {
  if (message.length !== size) return false;
  number(expected, value);
  for (let i = 0; i < expected.length && i < size; i++) {
    const at = i < 8 ? i : size - expected.length + i;
    if (message[at] !== expected[i]) return false;
  }
  return true;
}

const expectation = size => new Uint8Array(size >= 16 ? 16 : Math.min(8, size));

// An implementation that now and then does not connect is said to have failed, instead of holding up the others.
function withPatience(connect) {
  return () => Promise.race([connect(), after(PATIENCE).then(() => { throw new Error(`a connection did not open within ${PATIENCE} s`); })]);
}

export async function throughput({ connect, usage, size, seconds, warmUp }) {
  const pair = await connect();
  let received = 0, sent = 0, stopped = false, failure = null;
  const expected = expectation(size);
  pair.far.onMessage(bytes => {
    if (!is(bytes, size, received, expected)) failure ??= new Error(`message ${received} did not arrive as it was sent`);
    received++;
  });

  // An implementation with threads of its own may empty its queue as fast as this loop fills it, so the loop lets the receiver run from time to time.
  const message = new Uint8Array(size).map(() => Math.random() * 256), most = Math.min(MAX_TURN, (pair.turn ?? MAX_TURN_MESSAGES) * size);
  (async () => {
    while (!stopped) {
      for (let turn = 0; turn < most && pair.near.bufferedAmount() < HIGH_WATER; turn += size) {
        number(message, sent);
        pair.near.send(message);
        sent++;
      }
      await nextTurn();
      if (pair.near.bufferedAmount() >= HIGH_WATER) await pair.near.whenLow();
    }
  })().catch(error => { failure ??= error; });

  const snapshot = async () => ({ received, time: performance.now(), ...await usage() });
  await settle(() => received, warmUp);
  const before = await snapshot();
  await after(seconds);
  const end = await snapshot();
  stopped = true;
  await pair.close();
  if (failure) throw failure;

  const messages = end.received - before.received, measured = (end.time - before.time) / 1000, bytes = messages * size;
  return {
    size, seconds: measured, messages, totalMessages: received,
    MBps: bytes / measured / 1e6, cpuSecondsPerGB: (end.cpuSeconds - before.cpuSeconds) / (bytes / 1e9),
  };
}

// Slow start runs into whatever an implementation buffers below it, and some need seconds of retransmission timeouts to find their rate again. That would be
// measured instead of the rate, so the warm-up lasts until for a second nothing falls below a third of the best that was seen, or MAX_WARM_UP.
async function settle(received, warmUp) {
  const slices = [];
  for (let elapsed = 0; elapsed < MAX_WARM_UP; elapsed += SLICE) {
    const before = received();
    await after(SLICE);
    slices.push(received() - before);
    if (elapsed + SLICE >= warmUp && Math.min(...slices.slice(-1 / SLICE)) * 3 > Math.max(...slices)) return;
  }
}

export async function latency({ connect, count, size }) {
  const pair = await connect();
  pair.far.onMessage(bytes => pair.far.send(bytes));
  let answer;
  pair.near.onMessage(bytes => answer(bytes));
  const message = new Uint8Array(size), expected = expectation(size), microseconds = [];
  for (let i = -WARM_UP_ROUND_TRIPS; i < count; i++) {
    const value = i + WARM_UP_ROUND_TRIPS;
    number(message, value);
    const arrival = new Promise(resolve => { answer = resolve; });
    const begin = performance.now();
    pair.near.send(message);
    const bytes = await arrival;
    if (i >= 0) microseconds.push((performance.now() - begin) * 1000);
    if (!is(bytes, size, value, expected)) throw new Error(`message ${value} did not come back as it was sent`);
  }
  await pair.close();
  return { size, count, medianUs: quantile(microseconds, 0.5), p99Us: quantile(microseconds, 0.99) };
}

export async function setup({ connect, usage, count }) {
  connect = withPatience(connect);
  const milliseconds = [];
  let cpu = 0;
  for (let i = -WARM_UP_CONNECTIONS; i < count; i++) {
    if (i === 0) cpu = (await usage()).cpuSeconds;
    const begin = performance.now();
    const pair = await connect();
    if (i >= 0) milliseconds.push(performance.now() - begin);
    await pair.close();
  }
  cpu = (await usage()).cpuSeconds - cpu;
  return { count, medianMs: quantile(milliseconds, 0.5), p99Ms: quantile(milliseconds, 0.99), cpuMsPerSetup: cpu * 1000 / count };
}

export async function idle({ connect, usage, pairs }) {
  connect = withPatience(connect);
  for (const pair of await hold(connect, WARM_UP_CONNECTIONS)) await pair.close();
  await after(1);
  globalThis.gc?.();
  const before = await usage();
  const held = await hold(connect, pairs);
  await after(2);
  globalThis.gc?.();
  const end = await usage();
  for (const pair of held) await pair.close();
  return { pairs, bytesPerIdlePair: (end.residentBytes - before.residentBytes) / pairs };
}

async function hold(connect, count) {
  const held = [];
  for (let i = 0; i < count; i++) {
    const pair = await connect();
    await say(pair.near, pair.far);
    await say(pair.far, pair.near);
    held.push(pair);
  }
  return held;
}

function say(from, to) {
  const arrival = new Promise(resolve => to.onMessage(resolve));
  from.send(new Uint8Array(64));
  return arrival;
}

// By nearest rank, as in the tool of .NET.
function quantile(values, share) {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.ceil(share * ascending.length) - 1];
}
