// The emulator under load: one process, which its parent asks for times and stops.
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
  if (message === 'usage') process.send({ type: 'usage', cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
  else void emulator.close().then(() => process.disconnect());
});
