// What only a page can do, for the tests of data channels in Chromium/DataChannels. It shares everything with peer.js.


// Every form that send() takes; the parts of a larger buffer show that only the view counts. Text comes first: Chromium reads a Blob before it sends it, and lets text overtake it meanwhile.
const forms = {
  string: content => new TextDecoder().decode(content.map(value => 97 + value % 26)),
  ArrayBuffer: content => content.slice().buffer,
  Blob: content => new Blob([content.subarray(0, 1), content.subarray(1)]),
  Uint8Array: content => content,
  'part of a buffer': content => new Uint8Array([7, ...content, 7]).subarray(1, 1 + content.length),
  DataView: content => new DataView(new Uint8Array([7, ...content, 7]).buffer, 1, content.length),
  Int16Array: content => new Int16Array(content.slice().buffer),
};

/** Sends one message of each form, without a pause between them, and returns their names. */
async function sendForms(label, seed, size) {
  const { channel, opened } = await box(label);
  await opened;
  let number = 0;
  for (const make of Object.values(forms)) channel.send(make(bytes(seed + number++, size)));
  return Object.keys(forms);
}

/** Receives one message as binaryType says, and returns what it is and how much is in it. */
async function receiveAs(label, binaryType, seed, size) {
  const own = await box(label);
  own.channel.binaryType = binaryType;
  await own.opened;
  own.channel.send('ready');
  const message = await own.next();
  if (typeof message !== 'string') verify(message instanceof Blob ? await message.arrayBuffer() : message, bytes(seed, size), 'message');
  return message.constructor.name;
}

/** A surrogate without the other half is no character; in a file it would not survive. */
async function sendHalf(label) {
  const { channel, opened } = await box(label);
  await opened;
  channel.send('a\uD83Db');
}

/** The amounts of bytes that are queued as messages are sent in one go, and the one at the event that nothing is any more. */
async function amountsWhileSending(label, messages) {
  const { channel, opened } = await box(label);
  await opened;
  channel.bufferedAmountLowThreshold = 0;
  const low = new Promise(resolve => { channel.onbufferedamountlow = () => resolve(channel.bufferedAmount); });
  const amounts = messages.map(message => {
    channel.send(message);
    return channel.bufferedAmount;
  });
  return [...amounts, await low];
}

/** How often the queue is reported low while messages are sent in one go, and what it holds then. */
async function lowEvents(label, threshold, count, size) {
  const { channel, opened } = await box(label);
  await opened;
  channel.bufferedAmountLowThreshold = threshold;
  const amounts = [];
  channel.onbufferedamountlow = () => amounts.push(channel.bufferedAmount);
  for (let i = 0; i < count; i++) channel.send(bytes(i, size));
  while (channel.bufferedAmount > 0) await new Promise(resolve => setTimeout(resolve, 1));
  return amounts;
}

/** Opens a channel and keeps it under another key than its label. */
function openNamed(key, label, protocol) {
  const channel = connection.createDataChannel(label, { protocol });
  boxes.set(key, new Box(channel));
}

async function names(label) {
  const { channel } = await box(label);
  return [channel.label, channel.protocol];
}

/** The id of a channel as it is now, null before the roles are known. */
const idNow = label => boxes.get(label).channel.id;

/** From now on a channel that arrives is answered in the very event. */
function answerInEvent(message) {
  connection.addEventListener('datachannel', ({ channel }) => channel.send(message));
}

/** Whether the browser itself says that no message of a channel has left it. */
const keepsAll = async label => [...(await connection.getStats()).values()].some(s => s.type === 'data-channel' && s.label === label && s.messagesSent === 0);

/** Opens channels, says one thing on each and returns their labels when the answer is there. */
async function openMany(prefix, count) {
  const made = [];
  for (let i = 0; i < count; i++) {
    open(`${prefix} ${i}`, null);
    made.push(answered(`${prefix} ${i}`));
  }
  await Promise.all(made);
}

async function answered(label) {
  const own = await box(label);
  await own.opened;
  own.channel.send(label);
  verify(await own.next(), label, 'answer');
}

/** Says back what comes on channels with a prefix, those of later too. */
const sayBack = prefix => connection.addEventListener('datachannel', ({ channel }) => {
  if (channel.label.startsWith(prefix)) channel.onmessage = event => channel.send(event.data);
});

/** Closes channels and waits until they have ended. */
const closeMany = (prefix, count) => Promise.all(Array.from({ length: count }, async (_, i) => {
  const { channel, closed } = await box(`${prefix} ${i}`);
  channel.close();
  await closed;
}));

/** Sends until the channel takes no more, and returns how many messages it took. */
async function sendUntilClosed(label, size) {
  const own = await box(label);
  await own.opened;
  let sent = 0;
  own.channel.addEventListener('close', () => own.channel.onbufferedamountlow?.());
  while (own.channel.readyState === 'open') {
    const message = bytes(sent, size);
    if (own.channel.bufferedAmount > 4 << 20) await new Promise(resolve => { own.channel.onbufferedamountlow = resolve; });
    if (own.channel.readyState !== 'open') break;
    own.channel.send(message);
    if (++sent % 16 === 0) await new Promise(resolve => setTimeout(resolve));
  }
  return sent;
}

/** Receives so many messages, closes the channel, and returns how many came until it was closed; they must be the first ones that were sent. */
async function receiveThenClose(label, count, size) {
  const own = await box(label);
  for (let i = 0; i < count; i++) verify(await own.next(), bytes(i, size), `message ${i}`);
  own.channel.close();
  await own.closed;
  own.received.forEach((message, i) => verify(message, bytes(count + i, size), `message ${count + i}`));
  return count + own.received.length;
}

/** Receives so many messages in any order. */
async function receiveSome(label, count) {
  const own = await box(label);
  for (let i = 0; i < count; i++) await own.next();
}

/** Sends messages and closes behind them. */
async function sendManyAndClose(label, count, size) {
  const own = await box(label);
  await own.opened;
  for (let i = 0; i < count; i++) own.channel.send(bytes(i, size));
  own.channel.close();
}

/** Waits for the error that a channel is ended with, and returns its kind and whether the close came behind it. */
async function failure(label) {
  const { channel } = await box(label);
  const events = [];
  channel.addEventListener('error', event => events.push(`${event.error.errorDetail} ${event.error.sctpCauseCode ?? '-'}`));
  await new Promise(resolve => channel.addEventListener('close', () => { events.push('close'); resolve(); }));
  return events;
}

// A channel that nothing but its connection holds.
let forgotten;

function openAndForget(label) {
  const channel = connection.createDataChannel(label);
  channel.onmessage = event => channel.send(event.data);
  forgotten = new WeakRef(channel);
}

/** Whether a channel that nobody holds is still in memory. */
const isThere = () => forgotten.deref() !== undefined;
