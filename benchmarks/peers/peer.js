// Runs one measurement of one implementation in this process and writes one line of JSON:
//   node --expose-gc peer.js libwebrtc throughput '{"size":65536,"seconds":2,"warmUp":2}'

import * as load from './load.js';

const [name, verb, parameters] = process.argv.slice(2);
const { connect } = await import(`./implementations/${name}.js`);
const usage = async () => {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss };
};
try {
  const result = await load[verb]({ connect, usage, ...JSON.parse(parameters) });
  process.stdout.write(JSON.stringify({ verb, ...result }) + '\n', () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error}\n`, () => process.exit(1));
}
