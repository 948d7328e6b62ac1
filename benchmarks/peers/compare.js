// Puts BerOfChat.WebRtc and its peers under the same load, one after the other within each round, and prints tables of medians:
//   node compare.js [--rounds 5] [--seconds 2] [--save results.json]
// An implementation that is not there or fails stands in the table with what it said.

import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { find } from './chromium.js';
import { tables } from './tables.js';

const run = promisify(execFile);
const path = relative => fileURLToPath(new URL(relative, import.meta.url));
const TOOL = path('../BerOfChat.WebRtc.Throughput/bin/Release/net10.0/BerOfChat.WebRtc.Throughput.dll');
const PATIENCE = 60_000;

// Where run.sh lets it: Chromium does not use loopback.
const ADDRESS = '198.18.0.1';

const { values: options } = parseArgs({ options: {
  rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' }, save: { type: 'string' },
} });
const rounds = Number(options.rounds), seconds = Number(options.seconds);
if (!(rounds >= 1) || !(seconds > 0)) fail('--rounds takes a whole number from 1, --seconds a number above 0.');
if (!existsSync(TOOL)) fail('Build first: dotnet build -c Release benchmarks/BerOfChat.WebRtc.Throughput');

function fail(message) {
  console.error(message);
  process.exit(2);
}

async function lineOf(command, args) {
  const { stdout } = await run(command, args, { timeout: PATIENCE, killSignal: 'SIGKILL' });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

// The last line that is a message: what comes before and after it are places in a source, or another program's chatter.
function said(error) {
  if (error.killed) return `no result in ${PATIENCE / 1000} s`;
  const lines = (error.stderr || error.message).trim().split('\n');
  return (lines.findLast(line => /^(\w*Error|The measurement failed): /.test(line)) ?? lines.at(-1)).replace(/^(Error|The measurement failed): /, '');
}

const OPTIONS = { toSize: '--to-size' };
const ours = (...switches) => ({ verb, ...given }) => {
  const timed = ['throughput', 'fairness'].includes(verb) ? { ...given, seconds, 'warm-up': verb === 'fairness' ? 6 : 2 } : given;
  const args = Object.entries(timed).flatMap(([name, value]) => [OPTIONS[name] ?? `--${name}`, String(value)]);
  return lineOf('dotnet', [TOOL, verb, ...args, ...switches, '--json']);
};
const parameters = ({ verb, ...rest }) => JSON.stringify({ ...rest, seconds, warmUp: 2 });
const bindings = name => measurement => lineOf('node', ['--expose-gc', path('./peer.js'), name, measurement.verb, parameters(measurement)]);
const chromium = async measurement => {
  if (!find()) throw new Error('not installed');
  return lineOf('node', [path('./chromium.js'), measurement.verb, parameters(measurement)]);
};

// One peer is Chromium's, the other ours.
const mixed = sends => measurement => chromium({ ...measurement, verb: 'towards', sends, address: ADDRESS });

const only = (verb, ...sizes) => measurement => measurement.verb === verb && !measurement.toSize && (!sizes.length || sizes.includes(measurement.size));
const all = measurement => measurement.verb !== 'towards';
const implementations = [
  { name: 'BerOfChat.WebRtc', measure: ours(), where: all },
  { name: 'BerOfChat.WebRtc, two processes', measure: ours('--processes', '2'), where: only('throughput') },
  { name: 'BerOfChat.WebRtc, plain sockets', measure: ours('--plain'), where: only('throughput', 65_536, 16_384) },
  { name: 'libwebrtc (@roamhq/wrtc)', measure: bindings('libwebrtc'), where: all },
  { name: 'libdatachannel (node-datachannel)', measure: bindings('libdatachannel'), where: all },
  // One thread for two hundred peers: it would measure patience.
  { name: 'werift', measure: bindings('werift'), where: measurement => all(measurement) && measurement.verb !== 'fairness' },
  { name: 'Chromium', measure: chromium, where: all },
  { name: 'Chromium to Chromium', measure: measurement => chromium({ ...measurement, verb: 'throughput' }), where: only('towards') },
  { name: 'Chromium to BerOfChat.WebRtc', measure: mixed(true), where: only('towards') },
  { name: 'BerOfChat.WebRtc to Chromium', measure: mixed(false), where: only('towards') },
];

// What one run of each holds back from the next is little; what the machine does meanwhile hits all of a round alike.
const measurements = [
  ...[65_536, 16_384, 1_024, 100].map(size => ({ verb: 'throughput', size, rounds })),
  { verb: 'throughput', size: 50, toSize: 1_500, rounds },
  { verb: 'towards', size: 16_384, rounds },
  { verb: 'fairness', connections: 100, size: 16_384, rounds },
  { verb: 'latency', size: 100, count: 3_000, rounds },
  { verb: 'latency', size: 100, count: 300, pause: 5, rounds },
  { verb: 'latency', size: 100, count: 300, bulk: 16_384, rounds },
  { verb: 'setup', count: 20, rounds },
  { verb: 'idle', pairs: 50, rounds: 1 },
];

const results = [];
for (const { rounds: times, ...measurement } of measurements) {
  for (let round = 0; round < times; round++) {
    for (const { name, measure, where } of implementations) {
      if (!where(measurement)) continue;
      try {
        results.push({ name, ...measurement, round, figures: await measure(measurement) });
      } catch (error) {
        results.push({ name, ...measurement, round, error: said(error).slice(0, 120) });
      }
      console.error(`${measurement.verb} ${measurement.size ?? ''} ${name}: ${JSON.stringify(results.at(-1).figures ?? results.at(-1).error)}`);
    }
  }
}

if (options.save) writeFileSync(options.save, JSON.stringify({ rounds, seconds, results }));
console.log(tables({ rounds, seconds, results }));
