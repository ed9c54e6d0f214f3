// pnpm bench:emulator: many concurrent sessions with audio, in real time, against one emulator process on one core.
//
//   node bench/emulator.mjs [--sessions 1,200] [--seconds 24] [--runs 5] [--try]
//
// The emulator is pinned to one core and the clients to the others where `taskset` is there. Each client sends 40 ms of
// audio every 40 ms and is answered every 12 s. Reported are medians over all runs; before them, how long ten minutes take
// on a fake clock. Exits with 1 when a connection failed, or when answers or edges of speech are missing.
// `--try` is one session for a second, of which nothing is judged but failures: it shows that the program works.
import { execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { loadFixturePhrases } from '../packages/live-emulator/dist/index.js';
import { playTenMinutes } from './fake-minutes.mjs';
import { FRAME_MS, framesOf, LoadSession } from './load-session.mjs';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1,200' },
    seconds: { type: 'string', default: '24' },
    runs: { type: 'string', default: '5' },
    try: { type: 'boolean', default: false },
  },
});
if (values.try) Object.assign(values, { sessions: '1', seconds: '1', runs: '1' });
/** Long enough for an answer, or only for the phrase and the silence by which its end is found. */
const CYCLE_SECONDS = values.try ? 4 : 12;
const WARM_UP_SECONDS = values.try ? 0 : CYCLE_SECONDS;
/** Of what is due in a run, this much may fall behind its end. */
const TOLERANCE = 0.02;
/** Of a core, what others may have of it without spoiling a run. */
const MOST_WAITED_PERCENT = 25;
const phrases = await loadFixturePhrases();
const frames = framesOf(phrases[0].samples, CYCLE_SECONDS);
// Counted before pinning, which leaves this process with fewer.
const cores = availableParallelism();
const isPinned = pinTo(process.pid, cores > 1 ? `1-${cores - 1}` : '0');

const minutes = [];
for (let index = 0; index < Number(values.runs); index += 1) minutes.push(await playTenMinutes());

const calibration = await run(1, CYCLE_SECONDS, null);
const edges = calibration.edges;
const rows = [];
const problems = minutes.flatMap(({ failures }) =>
  failures.map((failure) => `ten minutes on a fake clock: ${failure}`),
);
for (const sessions of values.sessions.split(',').map(Number)) {
  const runs = [];
  for (let index = 0; index < Number(values.runs); index += 1) {
    runs.push(await run(sessions, Number(values.seconds), edges));
    problems.push(...problemsOf(sessions, runs.at(-1).summary));
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
const { ms, turns, timers, messages, audioSeconds } = minutes.toSorted((a, b) => a.ms - b.ms)[minutes.length >> 1];
console.log(
  `\nTen minutes on a fake clock: ${ms.toFixed(0)} ms, ${(600_000 / ms).toFixed(0)} times as fast as real time` +
    ` (${turns} turns, ${audioSeconds.toFixed(0)} s of speech, ${messages} messages, ${timers} timers)`,
);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** One run. `edges`: which frame of a cycle makes the emulator tell each edge; `null` finds that out. */
async function run(sessions, seconds, edges) {
  const server = await startServer();
  const late = { start: [], end: [], turn: [], sender: [] };
  const found = {};
  const counts = { turns: 0, starts: 0, ends: 0 };
  let failures = 0;
  let isMeasuring = false;
  const onEvent = (event) => {
    if (event.type === 'failure') failures += 1;
    if (edges === null && event.type.startsWith('ACTIVITY')) found[event.type] = event.frame;
    if (!isMeasuring) return;
    if (event.type === 'turnComplete') {
      late.turn.push(event.lateMs);
      counts.turns += 1;
    }
    if (event.type === 'ACTIVITY_START') counts.starts += 1;
    if (event.type === 'ACTIVITY_END') counts.ends += 1;
    const cause = event.sentAt?.[edges?.[event.type]];
    if (cause !== undefined) late[event.type === 'ACTIVITY_START' ? 'start' : 'end'].push(event.now - cause);
  };
  const clients = Array.from({ length: sessions }, () => new LoadSession({ wsUrl: server.wsUrl, frames, onEvent }));
  await Promise.all(clients.map((client) => client.opened()));
  const stop = talk(clients, late.sender);
  await sleep(edges === null ? 0 : WARM_UP_SECONDS * 1_000);
  isMeasuring = true;
  const before = await server.usage();
  const [received, startedAt] = [count(clients), performance.now()];
  late.sender.length = 0;
  await sleep(seconds * 1_000);
  const after = await server.usage();
  const wallMs = performance.now() - startedAt;
  const messages = count(clients) - received;
  isMeasuring = false;
  stop();
  await Promise.all(clients.map((client) => client.close()));
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
      // Each client is answered once a cycle, all of them evenly spread over it.
      due: (sessions * seconds) / CYCLE_SECONDS,
      ...counts,
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
  const next = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`The emulator ended with ${code} in the middle of a run.`)));
    });
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

/** What is wrong with a run beyond being late, and whether that says anything about the emulator. */
function problemsOf(sessions, summary) {
  const others =
    summary.waitedPercent > MOST_WAITED_PERCENT
      ? `; others took ${summary.waitedPercent.toFixed(0)} % of its core, so measure again when they are done`
      : '';
  const least = Math.floor(summary.due * (1 - TOLERANCE));
  const missing = values.try ? [] : ['turns', 'starts', 'ends'].filter((name) => summary[name] < least);
  return [
    ...missing.map((name) => `${sessions} sessions: ${summary[name]} ${name} came, ${summary.due} were due${others}`),
    ...(summary.failures > 0 ? [`${sessions} sessions: ${summary.failures} connections failed${others}`] : []),
  ];
}

function toTable(rows) {
  const ms = (p50, p99) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
  return [
    '| Sessions | CPU of one core | Core taken by others | Messages sent per second | Start of speech, late p50 / p99 (ms) | End of speech, late | turnComplete, late | Turns of those due | Memory (MB) | Failures |',
    '|---|---|---|---|---|---|---|---|---|---|',
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
        `${row.turns} / ${row.due}`,
        row.memoryMb.toFixed(0),
        row.failures,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n');
}
