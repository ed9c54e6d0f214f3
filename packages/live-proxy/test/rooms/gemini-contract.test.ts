import { startEmulator } from '@colloquy/live-emulator';
import { testModelSession } from '@colloquy/room-core/testing';
import { endpoint } from '../../src/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';

await testModelSession('Gemini, played by the emulator', async () => {
  const emulator = await startEmulator({ timeScale: 20 });
  const port = geminiModel({ upstream: endpoint({ url: emulator.url }), random: () => 0 });
  return { port, dispose: () => emulator.close() };
});
