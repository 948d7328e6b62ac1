// Runs one measurement in a headless Chromium and writes one line of JSON. Both peers are in one page, or with "towards" the other one is BerOfChat.WebRtc:
//   node chromium.js throughput '{"size":65536,"seconds":2,"warmUp":2}'
//   node chromium.js towards '{"sends":true,"address":"198.18.0.1","size":65536,"seconds":2,"warmUp":2}'
// Processor time and memory are those of all processes of the browser.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TOOL = fileURLToPath(new URL('../BerOfChat.WebRtc.Throughput/bin/Release/net10.0/BerOfChat.WebRtc.Throughput.dll', import.meta.url));

export const find = () => process.env.PATH.split(delimiter).flatMap(p => [join(p, 'chromium'), join(p, 'chromium-browser')]).find(existsSync);

const ends = verb => verb === 'towards'
  ? 'remote, connect: () => join(RTCPeerConnection, { iceServers: [] }, byEvent, { offers: parameters.sends, ...remote })'
  : 'connect: () => connect(RTCPeerConnection, { iceServers: [] }, byEvent)';

const page = (verb, parameters) => `<!doctype html><script type="module">
import * as load from './load.js';
import { byEvent, connect, join } from './w3c.js';
import { remote } from './remote.js';
const post = async (path, value) => (await fetch(path, { method: 'POST', body: JSON.stringify(value) })).json();
const parameters = ${parameters};
try {
  await post('/quiet');
  await post('/result', await load.${verb}({ ${ends(verb)}, usage: () => post('/usage'), ...parameters }));
} catch (error) {
  await post('/result', { error: error.message });
}
</script>`;

const TICKS_PER_SECOND = 100;

// Less than that of compare.js, so that no browser outlives the one who started it.
const PATIENCE = 50_000;
const STARTING = 10_000;

// All that descend from the browser, by the parents that /proc names; memory that several share counts once.
function usage(browser) {
  const parents = new Map(), ticks = new Map();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\) /s, '').split(' ');
      parents.set(pid, Number(fields[1]));
      ticks.set(pid, Number(fields[11]) + Number(fields[12]));
    } catch { /* It has ended meanwhile. */ }
  }
  const belongs = pid => pid === browser || (parents.has(pid) && belongs(parents.get(pid)));
  let cpuSeconds = 0, residentBytes = 0;
  for (const pid of [...parents.keys()].filter(belongs)) {
    cpuSeconds += ticks.get(pid) / TICKS_PER_SECOND;
    try {
      residentBytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))[1]) * 1024;
    } catch { /* It has ended meanwhile. */ }
  }
  return { cpuSeconds, residentBytes };
}

// A browser that has just been started keeps two cores busy for a second or two, whatever its page does.
async function quiet(browser) {
  for (const end = performance.now() + STARTING; performance.now() < end;) {
    const before = usage(browser).cpuSeconds;
    await setTimeout(500);
    if (usage(browser).cpuSeconds - before < 0.05) return;
  }
}

// The program at the other end, which speaks in lines of JSON, and the page, which asks for them.
function startOther({ sends, address, size }) {
  const other = spawn('dotnet', [TOOL, sends ? 'receiver' : 'sender', String(size), String(size), '--address', address], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  let waiting = null;
  createInterface(other.stdout).on('line', line => {
    lines.push(line);
    waiting?.();
  });
  return {
    tell: line => other.stdin.write(line + '\n'),
    next: async () => {
      while (!lines.length) await new Promise(resolve => { waiting = resolve; });
      return lines.shift();
    },
    stop: () => other.kill('SIGKILL'),
  };
}

async function run(verb, parameters) {
  const other = verb === 'towards' ? startOther(JSON.parse(parameters)) : null;
  const profile = mkdtempSync(join(tmpdir(), 'berofchat-chromium-'));
  let browser;
  const server = createServer();
  const finished = new Promise(resolve => server.on('request', (request, response) => {
    // Isolated pages have a clock of 5 µs instead of 100.
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    const send = (type, body) => response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
    if (request.url === '/') send('text/html', page(verb, parameters));
    else if (request.url === '/quiet') quiet(browser.pid).then(() => send('application/json', '{}'));
    else if (request.url === '/usage') send('application/json', JSON.stringify(usage(browser.pid)));
    else if (['/load.js', '/w3c.js', '/remote.js'].includes(request.url)) send('text/javascript', readFileSync(new URL('.' + request.url, import.meta.url)));
    else if (request.url === '/next') other.next().then(line => send('application/json', line));
    else if (['/tell', '/result'].includes(request.url)) {
      let body = '';
      request.on('data', part => { body += part; }).on('end', () => {
        send('application/json', '{}');
        if (request.url === '/result') resolve(JSON.parse(body));
        else other.tell(body);
      });
    } else response.writeHead(404).end();
  }));
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = spawn(find(), [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-extensions',
    '--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', '--js-flags=--expose-gc',
    `--user-data-dir=${profile}`, `--app=http://127.0.0.1:${server.address().port}/`,
  ], { stdio: 'ignore', detached: true, env: { ...process.env, HOME: profile } });
  const ended = new Promise(resolve => browser.on('exit', code => resolve({ error: `Chromium ended by itself (${code})` })));
  const late = setTimeout(PATIENCE, { error: `Chromium had no result after ${PATIENCE / 1000} s` }, { ref: false });
  const result = await Promise.race([finished, ended, late]);
  // With its helpers, or those would go on writing into the profile.
  process.kill(-browser.pid, 'SIGKILL');
  await ended;
  other?.stop();
  server.close();
  server.closeAllConnections();
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  if (result.error) throw new Error(result.error);
  return { verb, ...result };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(JSON.stringify(await run(process.argv[2], process.argv[3])));
    process.exit(0);
  } catch (error) {
    console.error(String(error));
    process.exit(1);
  }
}
