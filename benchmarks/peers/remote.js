// The program at the other end, as a page sees it: what "sender" and "receiver" of BerOfChat.WebRtc.Throughput say over their standard streams.

const kinds = ['offer', 'answer', 'candidate', 'start', 'measure', 'usage', 'stop', 'sent'];
const handlers = new Map();

const post = (path, value) => fetch(path, { method: 'POST', body: JSON.stringify(value) });

// One after the other: requests that run side by side may arrive in another order.
let telling = Promise.resolve();
const tell = (kind, text = '') => { telling = telling.then(() => post('/tell', { Kind: kinds.indexOf(kind), Text: text })); };

let isListening = false;
function hear(kind, handler) {
  handlers.set(kind, handler);
  if (isListening) return;
  isListening = true;
  listen();
}

const measure = async () => {
  const usage = new Promise(resolve => hear('usage', resolve));
  tell('measure');
  return JSON.parse(await usage);
};

export const remote = {
  tell,
  hear,
  start: () => tell('start'),
  received: async () => (await measure()).Messages,
  cpuSeconds: async () => (await measure()).CpuSeconds,
};

async function listen() {
  while (true) {
    const { Kind, Text } = await (await post('/next')).json();
    await handlers.get(kinds[Kind])?.(Text);
  }
}
