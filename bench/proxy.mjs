// pnpm bench:proxy: what live-proxy costs beside a hand-written ws relay, the http-proxy package and a raw TCP splice.
//
//   node bench/proxy.mjs [--quick | --try] [--rounds 5] [--only "ours;ws"] [--skip cpu,latency,stalled,memory]
//                        [--sessions 1,50,500]
//
// Each relay is a process of its own on one core; the clients and the service, which cost next to nothing, are on the
// other cores (where `taskset` is there). The relays take turns within each round; reported are medians over the rounds.
// Messages are 40 ms of audio. Ours runs with tickets, a setup policy, permissions and all limits on.
// `--try` starts each relay and does everything with ours once, small and for a moment: it shows that the program works, and
// its figures say nothing.
import { execFileSync, fork } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    try: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: 'splice;http-proxy;ws;ours, plain;ours' },
    skip: { type: 'string', default: '' },
    sessions: { type: 'string' },
  },
});
const kinds = ['splice', 'http-proxy', 'ws', 'ours, plain', 'ours'].filter(
  (kind) => kind === 'splice' || values.only.split(';').includes(kind),
);
/** Seconds, and sessions at a time, of each part. */
const SIZES = {
  whole: {
    rounds: 5,
    warmUp: 4,
    flood: 2,
    settle: 0.5,
    talk: 3,
    full: 50,
    latency: [1, 50, 500],
    step: 100,
    idle: 1_000,
  },
  quick: { rounds: 1, warmUp: 1, flood: 1, settle: 0.5, talk: 2, full: 50, latency: [50], step: 100, idle: 200 },
  smallest: { rounds: 1, warmUp: 0, flood: 0.1, settle: 0, talk: 0.1, full: 2, latency: [1], step: 1, idle: 1 },
};
const size = SIZES[values.try ? 'smallest' : values.quick ? 'quick' : 'whole'];
const rounds = Number(values.rounds ?? size.rounds);
const latencySessions = values.sessions?.split(',').map(Number) ?? size.latency;
const idleSessions = size.idle;
const cores = cpus().length;
const isPinned = !values.try && pinTo(process.pid, cores > 1 ? `1-${cores - 1}` : '0');
let missing = 0;
/** What a client asks for that reads nothing: the answers are some ten megabytes. */
const STALLED_MESSAGES = 4_000;
/**
 * V8 lets the part of the heap that holds young objects grow under load, by tens of megabytes and at moments of its own.
 * That is neither a relay's nor a session's; all of them get the same from the beginning.
 */
const sameHeap = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

const upstream = await child('./proxy/upstream.mjs', []);
const load = await child('./proxy/load.mjs', []);
const results = new Map([...kinds, 'direct'].map((kind) => [kind, {}]));

for (let round = 0; round < rounds; round += 1) {
  // Whoever comes first meets a cooler machine.
  const order = kinds.map((_, index) => kinds[(index + round) % kinds.length]);
  const some = values.try ? ['splice', 'ours'] : order;
  if (!values.skip.includes('cpu')) for (const kind of order) await measureCpu(kind);
  if (!values.skip.includes('latency')) {
    for (const sessions of latencySessions)
      for (const kind of ['direct', ...some]) await measureLatency(kind, sessions);
  }
  if (!values.skip.includes('stalled')) for (const kind of some) await measureStalled(kind);
  if (!values.skip.includes('memory')) for (const kind of some) await measureMemory(kind);
  console.error(`round ${round + 1} of ${rounds} is over`);
}
upstream.process.kill();
load.process.kill();

const pinned = isPinned ? 'the relay on a core of its own' : 'not pinned';
console.log(
  `\nNode ${process.versions.node}, ${cores} cores (${cpus()[0]?.model.trim()}), ${pinned}; medians of ${rounds} rounds\n`,
);
console.log(toTable());
if (missing > 0) {
  console.error(`${missing} messages are missing.`);
  if (!values.try) process.exitCode = 1;
}

/** At full load: all sessions with one message on its way each, then with a burst of 16. */
async function measureCpu(kind) {
  const relay = await startRelay(kind);
  await load.ask({ command: 'open', ...relay.address, sessions: size.full });
  // Until the compiler is done, whose threads count, too.
  await load.ask({ command: 'flood', seconds: size.warmUp, window: 16 });
  for (const window of [1, 16]) {
    const before = await relay.ask('cpu');
    const { messages, missing: lost } = await load.ask({ command: 'flood', seconds: size.flood, window });
    const after = await relay.ask('cpu');
    missing += lost;
    note(kind, `cpu${window}`, (cpuMicroseconds(after) - cpuMicroseconds(before)) / messages);
    note(kind, `rate${window}`, messages / size.flood);
  }
  await load.ask({ command: 'close' });
  await relay.stop();
}

async function measureLatency(kind, sessions) {
  const relay = await startRelay(kind);
  await load.ask({ command: 'open', ...relay.address, sessions });
  await load.ask({ command: 'flood', seconds: size.settle, window: 1 });
  const { p50, p99, missing: lost } = await load.ask({ command: 'talk', seconds: size.talk });
  missing += lost;
  note(kind, `p50 ${sessions}`, p50);
  note(kind, `p99 ${sessions}`, p99);
  await load.ask({ command: 'close' });
  await relay.stop();
}

/** What others feel of a client that has stopped reading: the same sessions before it came and beside it. */
async function measureStalled(kind) {
  const relay = await startRelay(kind);
  await load.ask({ command: 'open', ...relay.address, sessions: size.full });
  await load.ask({ command: 'flood', seconds: size.settle, window: 1 });
  const talk = () => load.ask({ command: 'talk', seconds: size.talk });
  const before = await talk();
  await load.ask({ command: 'stall', ...relay.address, messages: values.try ? 1 : STALLED_MESSAGES });
  const beside = await talk();
  missing += before.missing + beside.missing;
  for (const p of ['p50', 'p99']) note(kind, `stalled ${p}`, beside[p] / before[p]);
  await load.ask({ command: 'close' });
  await relay.stop();
}

/**
 * After some traffic, as a server has it, and with garbage collected every 100 sessions: what running and opening cost does
 * not count as what keeping costs.
 */
async function measureMemory(kind) {
  const relay = await startRelay(kind);
  await load.ask({ command: 'open', ...relay.address, sessions: size.step });
  await load.ask({ command: 'flood', seconds: size.flood, window: 16 });
  const openSome = () => load.ask({ command: 'open', ...relay.address, sessions: size.step });
  for (let opened = 0; opened < 3 * size.step; opened += size.step) {
    await openSome();
    await relay.ask('memory');
  }
  const before = await relay.ask('memory');
  for (let opened = 0; opened < idleSessions; opened += size.step) {
    await openSome();
    await relay.ask('memory');
  }
  const after = await relay.ask('memory');
  note(kind, 'memory', (after.rss - before.rss) / idleSessions / 1_000);
  note(kind, 'alive', (after.alive - before.alive) / idleSessions / 1_000);
  await load.ask({ command: 'close' });
  await relay.stop();
}

async function startRelay(kind) {
  if (kind === 'direct') return { address: { port: upstream.first.port }, stop: async () => {} };
  const relay = await child(
    './proxy/relay.mjs',
    [kind, String(upstream.first.port)],
    ['--expose-gc', ...sameHeap],
    values.try ? null : '0',
  );
  const stop = () =>
    new Promise((resolve) => {
      relay.process.once('exit', resolve);
      relay.process.kill();
    });
  return { address: relay.first, ask: relay.ask, stop };
}

/** Starts a process; those that say something first are awaited. */
async function child(file, args, execArgv = [], pin = null) {
  const process = fork(new URL(file, import.meta.url), args, { execArgv });
  if (pin !== null) pinTo(process.pid, pin);
  const answer = () =>
    new Promise((resolve, reject) => {
      process.once('message', resolve);
      process.once('exit', (code) => reject(new Error(`${file} ${args.join(' ')} ended with ${code}.`)));
    });
  const ask = async (message) => {
    const answered = answer();
    process.send(message);
    const { error, result, ...rest } = await answered;
    process.removeAllListeners('exit');
    if (error) throw new Error(error);
    return result ?? rest;
  };
  const first = file.endsWith('load.mjs') ? null : await answer();
  process.removeAllListeners('exit');
  return { process, first, ask };
}

function pinTo(pid, cores) {
  try {
    execFileSync('taskset', ['-a', '-cp', cores, String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    // Not on Linux, or not installed: the system decides.
    return false;
  }
}

function cpuMicroseconds({ cpu }) {
  return cpu.user + cpu.system;
}

function note(kind, name, value) {
  const result = results.get(kind);
  result[name] = [...(result[name] ?? []), value];
}

function median(numbers = []) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median of the ratios or differences within each round: what slows the machine down slows both. */
function against(kind, peer, name, compare) {
  const [ours, theirs] = [results.get(kind)[name] ?? [], results.get(peer)[name] ?? []];
  return median(ours.map((value, round) => compare(value, theirs[round])));
}

function toTable() {
  const ratio = (a, b) => a / b;
  const added = (a, b) => a - b;
  const cpu = (kind, window) =>
    `${median(results.get(kind)[`cpu${window}`]).toFixed(1)} (${against(kind, 'splice', `cpu${window}`, ratio).toFixed(2)})`;
  const columns = [
    ['Relay', (kind) => kind],
    ['CPU per message, µs (to splice)', (kind) => cpu(kind, 1)],
    ['in bursts of 16', (kind) => cpu(kind, 16)],
    ['messages per second', (kind) => median(results.get(kind).rate1).toFixed(0)],
    ...latencySessions.map((sessions) => [
      `${sessions} sessions, added p50 / p99 ms`,
      (kind) => ['p50', 'p99'].map((p) => against(kind, 'direct', `${p} ${sessions}`, added).toFixed(2)).join(' / '),
    ]),
    [
      'beside a client that does not read, p50 / p99 to before',
      (kind) => ['p50', 'p99'].map((p) => median(results.get(kind)[`stalled ${p}`]).toFixed(2)).join(' / '),
    ],
    [
      `idle session, kB of RSS / of live objects (${idleSessions})`,
      (kind) => ['memory', 'alive'].map((name) => median(results.get(kind)[name]).toFixed(1)).join(' / '),
    ],
  ];
  return [
    `| ${columns.map(([title]) => title).join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    ...kinds.map((kind) => `| ${columns.map(([, cell]) => cell(kind)).join(' | ')} |`),
  ].join('\n');
}
