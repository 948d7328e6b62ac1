// The measurements of BerOfChat.WebRtc.Throughput, for Node and for a page. The same messages, the same window, the same warm-up.
//
// connect() resolves to { near, far, open(), close() } when both channels are open; open() resolves to { near, far } of one more channel. A channel has send(bytes), bufferedAmount(), whenLow() (resolves when
// no more than LOW_WATER is queued), and onMessage(bytes => …). A pair may name as turn how many messages it takes at once without harm.
// usage() resolves to { cpuSeconds, residentBytes } of everything that takes part.

export const HIGH_WATER = 1024 * 1024;
export const LOW_WATER = 512 * 1024;
const WARM_UP_ROUND_TRIPS = 20_000;
const WARM_UP_OF_PAUSED = 100;
const WARM_UP_BESIDE_BULK = 500;
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

export async function throughput({ connect, usage, size, toSize = size, seconds, warmUp }) {
  const pair = await connect(), sizes = sizesFrom(size, toSize);
  const reception = receive(pair.far, sizes), sending = send(pair.near, sizes, pair.turn);
  const result = await measure({ received: () => reception, usage, seconds, warmUp });
  sending.stop();
  await pair.close();
  const failure = sending.failure ?? reception.failure;
  if (failure) throw failure;
  return { size, toSize, ...result, totalMessages: reception.count };
}

// Many connections at once: what the slowest and the fastest get.
export async function fairness({ connect, usage, connections, size, seconds, warmUp }) {
  const flows = [], sizes = sizesFrom(size, size), patient = withPatience(connect);
  for (let i = 0; i < connections; i++) {
    const pair = await patient();
    flows.push({ pair, reception: receive(pair.far, sizes), bytes: 0 });
  }
  const sendings = flows.map(({ pair }) => send(pair.near, sizes, pair.turn));
  const received = () => ({ count: sum(flows.map(f => f.reception.count)), bytes: sum(flows.map(f => f.reception.bytes)) });
  const result = await measure({ received, usage, seconds, warmUp, onBegin: () => flows.forEach(f => { f.bytes = f.reception.bytes; }) });
  const rates = flows.map(f => (f.reception.bytes - f.bytes) / result.seconds / 1e6);
  sendings.forEach(sending => sending.stop());
  for (const { pair } of flows) await pair.close();
  const failure = [...sendings, ...flows.map(f => f.reception)].find(part => part.failure)?.failure;
  if (failure) throw failure;
  const slowest = Math.min(...rates), fastest = Math.max(...rates);
  return { connections, size, ...result, slowestMBps: slowest, fastestMBps: fastest, slowestToFastest: slowest / fastest };
}

// One end is here, the other is another program: remote.received() and remote.cpuSeconds() are what that says of itself.
export async function towards({ connect, remote, usage, sends, size, seconds, warmUp }) {
  const channel = await connect(), sizes = sizesFrom(size, size);
  const own = sends ? send(channel, sizes) : receive(channel, sizes);
  if (!sends) remote.start();
  const both = async () => {
    const { cpuSeconds } = await usage();
    return { cpuSeconds: cpuSeconds + await remote.cpuSeconds() };
  };
  const there = async () => {
    const count = await remote.received();
    return { count, bytes: count * size };
  };
  const result = await measure({ received: sends ? there : () => own, usage: both, seconds, warmUp });
  own.stop?.();
  if (own.failure) throw own.failure;
  return { size, ...result };
}

// All the same, or spread evenly over a range: both ends know the size of each message by its number, as in the tool of .NET.
function sizesFrom(least, most) {
  return { most, at: number => least + Math.floor((Math.imul(number, 0x9E3779B1) >>> 0) * (most - least + 1) / 2 ** 32) };
}

function receive(channel, sizes) {
  const reception = { count: 0, bytes: 0, failure: null }, expected = expectation(sizes.most);
  channel.onMessage(bytes => {
    if (!is(bytes, sizes.at(reception.count), reception.count, expected)) reception.failure ??= new Error(`message ${reception.count} did not arrive as it was sent`);
    reception.count++;
    reception.bytes += bytes.length;
  });
  return reception;
}

// An implementation with threads of its own may empty its queue as fast as this loop fills it, so the loop lets the receiver run from time to time.
function send(channel, sizes, turn = MAX_TURN_MESSAGES) {
  const sending = { failure: null, stop: () => { stopped = true; } };
  const buffer = new Uint8Array(sizes.most).map(() => Math.random() * 256);
  let stopped = false, sent = 0;
  (async () => {
    while (!stopped) {
      for (let bytes = 0, count = 0; bytes < MAX_TURN && count < turn && channel.bufferedAmount() < HIGH_WATER; count++, sent++) {
        const message = buffer.subarray(0, sizes.at(sent));
        number(message, sent);
        channel.send(message);
        bytes += message.length;
      }
      await nextTurn();
      if (channel.bufferedAmount() >= HIGH_WATER) await channel.whenLow();
    }
  })().catch(error => { if (!stopped) sending.failure ??= error; });
  return sending;
}

// received() says how many messages and bytes have arrived so far.
async function measure({ received, usage, seconds, warmUp, onBegin }) {
  const snapshot = async () => {
    const { count, bytes } = await received(), time = performance.now();
    return { count, bytes, time, ...await usage() };
  };
  await settle(async () => (await received()).count, warmUp);
  onBegin?.();
  const before = await snapshot();
  await after(seconds);
  const end = await snapshot();
  const messages = end.count - before.count, measured = (end.time - before.time) / 1000, bytes = end.bytes - before.bytes;
  return { seconds: measured, messages, MBps: bytes / measured / 1e6, cpuSecondsPerGB: (end.cpuSeconds - before.cpuSeconds) / (bytes / 1e9) };
}

// Slow start runs into whatever an implementation buffers below it, and some need seconds of retransmission timeouts to find their rate again. That would be
// measured instead of the rate, so the warm-up lasts until for a second nothing falls below a third of the best that was seen, or MAX_WARM_UP.
async function settle(received, warmUp) {
  const slices = [];
  for (let elapsed = 0; elapsed < MAX_WARM_UP; elapsed += SLICE) {
    const before = await received();
    await after(SLICE);
    slices.push(await received() - before);
    if (elapsed + SLICE >= warmUp && Math.min(...slices.slice(-1 / SLICE)) * 3 > Math.max(...slices)) return;
  }
}

export async function latency({ connect, count, size, pause = 0, bulk }) {
  const pair = await connect(), side = bulk ? await pair.open() : null, sizes = sizesFrom(bulk, bulk);
  const reception = side && receive(side.far, sizes), sending = side && send(side.near, sizes, pair.turn);
  const warmUp = pause ? WARM_UP_OF_PAUSED : bulk ? WARM_UP_BESIDE_BULK : WARM_UP_ROUND_TRIPS;
  let begun;
  pair.far.onMessage(bytes => pair.far.send(bytes));
  let answer;
  pair.near.onMessage(bytes => answer(bytes));
  const message = new Uint8Array(size), expected = expectation(size), microseconds = [];
  for (let i = -warmUp; i < count; i++) {
    if (i === 0) begun = { bytes: reception?.bytes, time: performance.now() };
    const value = i + warmUp;
    number(message, value);
    if (pause) await after(pause / 1000);
    const arrival = new Promise(resolve => { answer = resolve; });
    const begin = performance.now();
    pair.near.send(message);
    const bytes = await arrival;
    if (i >= 0) microseconds.push((performance.now() - begin) * 1000);
    if (!is(bytes, size, value, expected)) throw new Error(`message ${value} did not come back as it was sent`);
  }
  const bulkMBps = reception ? (reception.bytes - begun.bytes) / (performance.now() - begun.time) / 1e3 : undefined;
  sending?.stop();
  await pair.close();
  const failure = sending?.failure ?? reception?.failure;
  if (failure) throw failure;
  return { size, count, medianUs: quantile(microseconds, 0.5), p99Us: quantile(microseconds, 0.99), bulkMBps };
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

const sum = values => values.reduce((a, b) => a + b, 0);

// By nearest rank, as in the tool of .NET.
function quantile(values, share) {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.ceil(share * ascending.length) - 1];
}
