// The emulator under load: one process, which its parent asks for times and stops.
import { readFileSync } from 'node:fs';
import { startEmulator } from '../packages/live-emulator/dist/index.js';

const emulator = await startEmulator({
  seed: 1,
  profile: '3.8',
  maxConnectionSeconds: 0,
  // A transcription that waits on purpose would look like one that is late.
  pacing: { transcriptionMs: 0 },
});
process.send({ type: 'ready', wsUrl: emulator.wsUrl });
process.on('message', (message) => {
  if (message === 'usage') {
    process.send({ type: 'usage', cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), waitedMs: waitedMs() });
  } else {
    void emulator.close().then(() => process.disconnect());
  }
});
// Without its parent it has nothing to do.
process.on('disconnect', () => process.exit());

/** How long this process was ready to run and the core was another's: what is not the emulator's fault. */
function waitedMs() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return Number.NaN;
  }
}
