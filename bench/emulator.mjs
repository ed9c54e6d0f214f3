// pnpm bench:emulator: many concurrent sessions with audio, in real time, against one emulator process on one core.
//
//   node bench/emulator.mjs [--sessions 1,200] [--seconds 24] [--runs 5]
//
// The emulator is pinned to one core and the clients to the others where `taskset` is there. Each client sends 40 ms of
// audio every 40 ms and is answered every 12 s. Reported are medians over all runs.
import { execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { loadFixturePhrases } from '../packages/live-emulator/dist/index.js';
import { FRAME_MS, framesOf, LoadSession } from './load-session.mjs';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1,200' },
    seconds: { type: 'string', default: '24' },
    runs: { type: 'string', default: '5' },
  },
});
const CYCLE_SECONDS = 12;
const phrases = await loadFixturePhrases();
const frames = framesOf(phrases[0].samples, CYCLE_SECONDS);
// Counted before pinning, which leaves this process with fewer.
const cores = availableParallelism();
const isPinned = pinTo(process.pid, cores > 1 ? `1-${cores - 1}` : '0');

const calibration = await run(1, CYCLE_SECONDS, null);
const edges = calibration.edges;
const rows = [];
for (const sessions of values.sessions.split(',').map(Number)) {
  const runs = [];
  for (let index = 0; index < Number(values.runs); index += 1) {
    runs.push(await run(sessions, Number(values.seconds), edges));
    console.error(`${sessions} sessions, run ${index + 1}: ${JSON.stringify(runs.at(-1).summary)}`);
  }
  rows.push(
    summarize(
      sessions,
      runs.map((each) => each.summary),
    ),
  );
}
const pinned = isPinned ? 'emulator on a core of its own' : 'not pinned';
console.log(
  `\nNode ${process.version.slice(1)}, ${cores} cores, ${pinned}; medians of ${values.runs} runs of ${values.seconds} s\n`,
);
console.log(toTable(rows));

/** One run. `edges`: which frame of a cycle makes the emulator tell each edge; `null` finds that out. */
async function run(sessions, seconds, edges) {
  const server = await startServer();
  const late = { start: [], end: [], turn: [], sender: [] };
  const found = {};
  let failures = 0;
  let isMeasuring = false;
  const onEvent = (event) => {
    if (event.type === 'failure') failures += 1;
    if (edges === null && event.type.startsWith('ACTIVITY')) found[event.type] = event.frame;
    if (!isMeasuring) return;
    if (event.type === 'turnComplete') late.turn.push(event.lateMs);
    const cause = event.sentAt?.[edges?.[event.type]];
    if (cause !== undefined) late[event.type === 'ACTIVITY_START' ? 'start' : 'end'].push(event.now - cause);
  };
  const clients = Array.from({ length: sessions }, () => new LoadSession({ wsUrl: server.wsUrl, frames, onEvent }));
  await Promise.all(clients.map((client) => client.opened()));
  const stop = talk(clients, late.sender);
  await sleep(edges === null ? 0 : CYCLE_SECONDS * 1_000);
  isMeasuring = true;
  const before = await server.usage();
  const [received, startedAt] = [count(clients), performance.now()];
  late.sender.length = 0;
  await sleep(seconds * 1_000);
  const after = await server.usage();
  const wallMs = performance.now() - startedAt;
  const messages = count(clients) - received;
  stop();
  for (const client of clients) client.close();
  await server.stop();
  const cpuMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1_000;
  return {
    edges: found,
    summary: {
      cpuPercent: (cpuMs / wallMs) * 100,
      waitedPercent: ((after.waitedMs - before.waitedMs) / wallMs) * 100,
      memoryMb: after.rss / 2 ** 20,
      messagesPerSecond: (messages / wallMs) * 1_000,
      startP50: percentile(late.start, 50),
      startP99: percentile(late.start, 99),
      endP50: percentile(late.end, 50),
      endP99: percentile(late.end, 99),
      turnP50: percentile(late.turn, 50),
      turnP99: percentile(late.turn, 99),
      senderP99: percentile(late.sender, 99),
      failures,
    },
  };
}

/** Every client sends a frame each 40 ms, all of them evenly spread over the cycle. */
function talk(clients, senderLate) {
  const startedAt = performance.now();
  const period = (CYCLE_SECONDS * 1_000) / clients.length;
  const schedule = clients.map((client, index) => ({ client, dueAt: startedAt + index * period }));
  const timer = setInterval(() => {
    const now = performance.now();
    for (const entry of schedule) {
      // Due times are counted from the beginning, so being late once delays nothing else.
      while (entry.dueAt <= now) {
        senderLate.push(now - entry.dueAt);
        entry.client.tick();
        entry.dueAt += FRAME_MS;
      }
    }
  }, 4);
  return () => clearInterval(timer);
}

async function startServer() {
  const child = fork(new URL('./emulator-server.mjs', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  pinTo(child.pid, '0');
  const next = () => new Promise((resolve) => child.once('message', resolve));
  const { wsUrl } = await next();
  return {
    wsUrl,
    usage: () => {
      const answer = next();
      child.send('usage');
      return answer;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.send('stop');
      }),
  };
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

function count(clients) {
  return clients.reduce((sum, client) => sum + client.received, 0);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function percentile(numbers, percent) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function summarize(sessions, runs) {
  const names = Object.keys(runs[0]);
  return {
    sessions,
    ...Object.fromEntries(
      names.map((name) => [
        name,
        percentile(
          runs.map((each) => each[name]),
          50,
        ),
      ]),
    ),
  };
}

function toTable(rows) {
  const ms = (p50, p99) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
  return [
    '| Sessions | CPU of one core | Core taken by others | Messages sent per second | Start of speech, late p50 / p99 (ms) | End of speech, late | turnComplete, late | Memory (MB) | Failures |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) =>
      [
        '',
        row.sessions,
        `${row.cpuPercent.toFixed(1)} %`,
        `${row.waitedPercent.toFixed(1)} %`,
        row.messagesPerSecond.toFixed(0),
        ms(row.startP50, row.startP99),
        ms(row.endP50, row.endP99),
        ms(row.turnP50, row.turnP99),
        row.memoryMb.toFixed(0),
        row.failures,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n');
}
