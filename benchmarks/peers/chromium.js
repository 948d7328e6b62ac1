// Runs one measurement in a headless Chromium, both peers in one page, and writes one line of JSON:
//   node chromium.js throughput '{"size":65536,"seconds":2,"warmUp":2}'
// Processor time and memory are those of all processes of the browser.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const find = () => process.env.PATH.split(delimiter).flatMap(p => [join(p, 'chromium'), join(p, 'chromium-browser')]).find(existsSync);

const page = (verb, parameters) => `<!doctype html><script type="module">
import * as load from './load.js';
import { byEvent, connect } from './w3c.js';
const post = async (path, value) => (await fetch(path, { method: 'POST', body: JSON.stringify(value) })).json();
try {
  await post('/quiet');
  await post('/result', await load.${verb}({
    connect: () => connect(RTCPeerConnection, { iceServers: [] }, byEvent),
    usage: () => post('/usage'),
    ...${parameters},
  }));
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

async function run(verb, parameters) {
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
    else if (['/load.js', '/w3c.js'].includes(request.url)) send('text/javascript', readFileSync(new URL('.' + request.url, import.meta.url)));
    else if (request.url === '/result') {
      let body = '';
      request.on('data', part => { body += part; }).on('end', () => {
        send('application/json', '{}');
        resolve(JSON.parse(body));
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
