// Tables of medians in Markdown, from the results of compare.js.

const REFERENCE = 'libwebrtc (@roamhq/wrtc)';

const ROUND_TRIP = [['median µs', f => f.medianUs], ['99th percentile µs', f => f.p99Us]];

const median = values => {
  const ascending = [...values].sort((a, b) => a - b), middle = ascending.length >> 1;
  return ascending.length % 2 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2;
};

const digits = value => !Number.isFinite(value) ? '–' : Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);

export function tables({ results }) {
  const select = (verb, size) => results.filter(r => r.verb === verb && (size === undefined || r.size === size) && !r.toSize && !r.pause && !r.bulk);
  return [
    ...[65_536, 16_384, 1_024, 100].map(size => throughput(select('throughput', size), `Messages of ${size.toLocaleString('en-US')} bytes`)),
    throughput(results.filter(r => r.toSize), 'Messages of 50 to 1,500 bytes, every size alike'),
    throughput(select('towards'), 'Towards Chromium, messages of 16,384 bytes', 'Chromium to Chromium'),
    plain('**100 connections at once, messages of 16,384 bytes**', select('fairness'), [
      ['MB/s all together', f => f.MBps], ['slowest MB/s', f => f.slowestMBps], ['fastest MB/s', f => f.fastestMBps], ['slowest of fastest', f => f.slowestToFastest], ['processor s/GB', f => f.cpuSecondsPerGB]]),
    plain('**Round trip of 100 bytes**', select('latency'), ROUND_TRIP),
    plain('**Round trip of 100 bytes, one every 5 ms**', results.filter(r => r.pause), ROUND_TRIP),
    plain('**Round trip of 100 bytes while another channel sends 16,384 bytes each as fast as it may**', results.filter(r => r.bulk), [...ROUND_TRIP, ['MB/s of the other channel', f => f.bulkMBps]]),
    plain('**From nothing to an open channel**', select('setup'), [['median ms', f => f.medianMs], ['99th percentile ms', f => f.p99Ms], ['processor ms', f => f.cpuMsPerSetup]]),
    plain('**A connected pair that is idle**', select('idle'), [['KiB resident', f => f.bytesPerIdlePair / 1024], ['of it managed', f => f.managedBytesPerIdlePair / 1024]]),
  ].join('\n\n');
}

function throughput(results, title, referenceName = REFERENCE) {
  const rate = figures => median(figures.map(f => f.MBps));
  const reference = figuresOf(results, referenceName);
  return table(`**${title}**`, ['MB/s', 'lowest – highest', `beside ${referenceName.replace(/ \(.*/, '')}`, 'messages/s', 'processor s/GB', 'allocated bytes/MB'], results, figures => [
    digits(rate(figures)),
    `${digits(Math.min(...figures.map(f => f.MBps)))} – ${digits(Math.max(...figures.map(f => f.MBps)))}`,
    reference.length ? `${digits(rate(figures) / rate(reference))} ×` : '–',
    digits(median(figures.map(f => f.messages / f.seconds))),
    digits(median(figures.map(f => f.cpuSecondsPerGB))),
    digits(median(figures.map(f => f.allocatedBytesPerMB ?? NaN))),
  ]);
}

const plain = (title, results, columns) => table(title, columns.map(([heading]) => heading), results, figures =>
  columns.map(([, get]) => digits(median(figures.map(f => get(f) ?? NaN)))));

const figuresOf = (results, name) => results.filter(r => r.name === name && r.figures).map(r => r.figures);

function table(title, headings, results, cells) {
  const rows = [...new Set(results.map(r => r.name))].map(name => {
    const figures = figuresOf(results, name);
    const failed = results.filter(r => r.name === name && r.error);
    const note = failed.length ? ` (${failed.length} of ${failed.length + figures.length} runs: ${failed[0].error})` : '';
    return `| ${name}${note} | ${(figures.length ? cells(figures) : headings.map(() => '–')).join(' | ')} |`;
  });
  return [title, '', `| | ${headings.join(' | ')} |`, `|---|${headings.map(() => '--:|').join('')}`, ...rows].join('\n');
}
