import assert from 'node:assert/strict';
import { startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI } from '@google/genai';

const emulator = await startEmulator();
const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });
const session = await ai.live.connect({ model: 'gemini-3.8-live', callbacks: { onmessage: () => {} } });
session.sendClientContent({ turns: 'Good morning!' });
while (emulator.sessions()[0]?.report().received.messages !== 2)
  await new Promise((resolve) => setTimeout(resolve, 10));
// #region end
assert.deepEqual(
  emulator.sessions().flatMap((session) => session.report().violations),
  [],
);
// #endregion
session.close();
await emulator.close();
