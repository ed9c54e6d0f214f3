// Ten minutes of conversation over a real socket, on a clock that a program moves on.
import { FakeClock, startEmulator } from '../packages/live-emulator/dist/index.js';
import { LoadSession } from './load-session.mjs';

const MINUTES = 10;
const TURNS_PER_MINUTE = 1;

/** Plays them once; how long it took, and what there was to do. */
export async function playTenMinutes() {
  const clock = new FakeClock();
  const emulator = await startEmulator({ clock, seed: 1, profile: '3.8', maxConnectionSeconds: 0 });
  let turns = 0;
  const failures = [];
  const client = new LoadSession({
    wsUrl: emulator.wsUrl,
    frames: [text('Ben: Please count to thirty.')],
    onEvent: (event) => {
      if (event.type === 'turnComplete') turns += 1;
      if (event.type === 'failure') failures.push(event.message);
    },
  });
  const isReady = client.opened();
  const taken = () => emulator.sessions()[0]?.report().received.messages ?? 0;
  await until(() => taken() === 1);
  await clock.advance(1_000);
  await isReady;
  const startedAt = performance.now();
  for (let turn = 1; turn <= MINUTES * TURNS_PER_MINUTE; turn += 1) {
    client.tick();
    await until(() => taken() === turn + 1);
    await clock.advance(60_000 / TURNS_PER_MINUTE);
  }
  await until(() => turns === MINUTES * TURNS_PER_MINUTE || failures.length > 0);
  const ms = performance.now() - startedAt;
  const { sent } = emulator.sessions()[0].report();
  // What comes of closing is no failure.
  const failed = [...failures];
  client.close();
  await emulator.close();
  const { messages, audioSeconds } = sent;
  return { ms, turns, failures: failed, timers: clock.firedTimers, messages, audioSeconds };
}

function text(words) {
  return JSON.stringify({ clientContent: { turns: [{ parts: [{ text: words }] }], turnComplete: true } });
}

/** Messages take a moment of real time from one end of a socket to the other. */
async function until(check) {
  for (const startedAt = performance.now(); !check(); ) {
    if (performance.now() - startedAt > 30_000)
      throw new Error('The emulator did not take or answer a message in 30 s.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
