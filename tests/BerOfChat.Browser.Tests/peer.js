// The other half of every test, in a page or in Node: one connection, its channels by label, and a check of each byte that arrives.
// A function that throws fails the test that called it.

const boxes = new Map();
let connection;

/** A channel with what it has received, in order. */
class Box {
  constructor(channel) {
    this.channel = channel;
    this.received = [];
    this.wake = () => {};
    this.opened = new Promise(resolve => { channel.readyState === 'open' ? resolve() : channel.onopen = resolve; });
    this.closed = new Promise(resolve => { channel.onclose = resolve; });
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = 1 << 20;
    channel.onmessage = event => { this.received.push(event.data); this.wake(); };
  }

  async next() {
    while (this.received.length === 0) await new Promise(resolve => { this.wake = resolve; });
    return this.received.shift();
  }

  async send(message) {
    while (this.channel.bufferedAmount > 4 << 20) await new Promise(resolve => { this.channel.onbufferedamountlow = resolve; });
    this.channel.send(message);
  }
}

const box = async label => {
  while (!boxes.has(label)) await new Promise(resolve => connection.addEventListener('datachannel', () => setTimeout(resolve), { once: true }));
  return boxes.get(label);
};

function bytes(seed, size) {
  const result = new Uint8Array(size);
  for (let i = 0; i < size; i++) result[i] = seed * 31 + i * 7 + (i >> 8) * 3 + (i >> 16) * 13;
  return result;
}

const text = (seed, size) => new TextDecoder().decode(bytes(seed, size).map(value => 97 + value % 26));

function verify(actual, expected, what) {
  const isText = typeof expected === 'string';
  if ((typeof actual === 'string') !== isText) throw new Error(`${what} has the wrong kind`);
  if (isText ? actual === expected : equal(new Uint8Array(actual), expected)) return;
  throw new Error(`${what} differs: ${isText ? actual.length : actual.byteLength} came instead of ${expected.length}`);
}

function equal(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function begin() {
  boxes.clear();
  connection = new RTCPeerConnection();
  connection.onicecandidate = event => tell(event.candidate?.candidate ?? '');
  connection.ondatachannel = event => boxes.set(event.channel.label, new Box(event.channel));
}

function open(label, id, promise = {}) {
  boxes.set(label, new Box(connection.createDataChannel(label, id === null ? promise : { negotiated: true, id, ...promise })));
}

/** What a channel promises, as this side sees it. */
async function promise(label) {
  const { channel } = await box(label);
  return { ordered: channel.ordered, maxRetransmits: channel.maxRetransmits ?? null, maxPacketLifeTime: channel.maxPacketLifeTime ?? null };
}

async function offer() {
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
}

async function answer(sdp) {
  await connection.setRemoteDescription({ type: 'offer', sdp });
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
}

const accept = sdp => connection.setRemoteDescription({ type: 'answer', sdp });

const addCandidate = candidate => connection.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });

/** Waits until the channel is open, and returns the stream it uses. */
async function opened(label) {
  const { channel, opened } = await box(label);
  await opened;
  return channel.id;
}

/** Waits until the channel has ended, and returns how many messages nobody has asked for. */
async function closed(label) {
  const { received, closed } = await box(label);
  await closed;
  return received.length;
}

/** Sends both kinds in every size and then many small ones, and checks that the same comes from the other side. */
async function exchange(label, seed, sizes, count) {
  const own = await box(label);
  await own.opened;
  const sending = (async () => {
    for (const size of sizes) {
      await own.send(bytes(seed, size));
      await own.send(text(seed, size));
    }
    for (let i = 0; i < count; i++) await own.send(`${seed} sends ${i}`);
  })();
  for (const size of sizes) {
    verify(await own.next(), bytes(seed + 1, size), `binary of ${size} bytes`);
    verify(await own.next(), text(seed + 1, size), `text of ${size} bytes`);
  }
  for (let i = 0; i < count; i++) verify(await own.next(), `${seed + 1} sends ${i}`, `message ${i}`);
  await sending;
  if (own.received.length > 0) throw new Error(`${own.received.length} messages came that nobody sent`);
}

/** Sends a message of a size, and returns what the browser says to it. */
async function trySend(label, size) {
  const own = await box(label);
  await own.opened;
  try {
    own.channel.send(new Uint8Array(size));
    return 'sent';
  } catch (error) {
    return error.name;
  }
}

const close = async label => (await box(label)).channel.close();

async function sendAndClose(label, seed, size) {
  const own = await box(label);
  own.channel.send(bytes(seed, size));
  own.channel.close();
}

const receive = async (label, seed, size) => verify(await (await box(label)).next(), bytes(seed, size), `binary of ${size} bytes`);

const receiveText = async label => (await box(label)).next();

const sendText = async (label, message) => (await box(label)).channel.send(message);

const end = () => connection.close();

/** Waits until the transport has a state, and returns it. */
async function transportState(wanted) {
  const { transport } = connection.sctp;
  while (transport.state !== wanted) await new Promise(resolve => transport.addEventListener('statechange', resolve, { once: true }));
  return transport.state;
}
