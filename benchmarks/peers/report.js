// Writes docs/benchmarks.md from what was measured and the text of report.md:
//   node report.js <folder of results> <load of the machine before>

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { getLibraryVersion } from 'node-datachannel';
import { find } from './chromium.js';
import { tables } from './tables.js';

const [folder, load] = process.argv.slice(2);
const near = name => new URL(name, import.meta.url);
const peers = JSON.parse(readFileSync(join(folder, 'peers.json'), 'utf8'));
const version = name => JSON.parse(readFileSync(near(`node_modules/${name}/package.json`), 'utf8')).version;
const output = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

const versions = [
  `@roamhq/wrtc ${version('@roamhq/wrtc')}`, `node-datachannel ${version('node-datachannel')} (libdatachannel ${getLibraryVersion()})`,
  `werift ${version('werift')}`, find() ? output(find(), '--version').replace(/ built on.*/, '') : 'Chromium is not installed',
];
const machine = [
  `| date | ${new Date().toISOString().slice(0, 10)} |`,
  `| processor | ${os.cpus()[0].model.trim()}, ${os.cpus().length} logical cores |`,
  `| memory | ${Math.round(os.totalmem() / 2 ** 30)} GiB |`,
  `| kernel | ${os.type()} ${os.release()}, ${os.arch()} |`,
  `| .NET | ${/Microsoft\.NETCore\.App (\S+)/.exec(output('dotnet', '--list-runtimes').split('\n').filter(line => line.startsWith('Microsoft.NETCore.App 10.')).at(-1))[1]} |`,
  `| Node.js | ${process.version.slice(1)} |`,
  `| peers | ${versions.join(', ')} |`,
  `| load average before | ${load} |`,
].join('\n');

// A class of BenchmarkDotNet in a file of its own.
const time = nanoseconds => nanoseconds >= 1e6 ? `${(nanoseconds / 1e6).toPrecision(3)} ms` : nanoseconds >= 1e3 ? `${(nanoseconds / 1e3).toPrecision(3)} µs` : `${nanoseconds.toPrecision(3)} ns`;
const steps = readdirSync(join(folder, 'results')).filter(name => name.endsWith('-report-brief.json')).sort().map(name => {
  const { Benchmarks: benchmarks } = JSON.parse(readFileSync(join(folder, 'results', name), 'utf8'));
  const rows = benchmarks.map(b => `| ${b.Method}${b.Parameters ? ` (${b.Parameters.replace('=', ' ')})` : ''} | ${b.Statistics ? time(b.Statistics.Median) : 'failed'} | ${b.Memory?.BytesAllocatedPerOperation ?? '–'} |`);
  return [`**${benchmarks[0].Type}**`, '', '| | median | allocated bytes |', '|---|--:|--:|', ...rows].join('\n');
}).join('\n\n');

// More than what measuring needs was running: the reader must know.
const warning = Number(load) > 1 ? `**The machine was busy when this was measured (load average ${load} before the run). The figures show that the instruments work, not how fast anything is.**\n\n` : '';

const text = readFileSync(near('report.md'), 'utf8')
  .replace('{{warning}}', () => warning).replace('{{machine}}', () => machine).replace('{{peers}}', () => tables(peers)).replace('{{steps}}', () => steps)
  .replaceAll('{{rounds}}', peers.rounds).replaceAll('{{seconds}}', peers.seconds);
writeFileSync(near('../../docs/benchmarks.md'), text);
console.log('docs/benchmarks.md is written.');
process.exit(0);
