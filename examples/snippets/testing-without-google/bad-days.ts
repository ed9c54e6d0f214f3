import assert from 'node:assert/strict';
import { startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI } from '@google/genai';

const emulator = await startEmulator({
  timeScale: 20,
  // The first connection is warned and then ended, as the service does after ten minutes.
  faults: [{ connection: 1, afterSeconds: 5, action: { type: 'goAway', seconds: 2 } }],
});
const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });

let handle: string | undefined;
const connect = (onclose: (event: { code: number; reason: string }) => void) =>
  ai.live.connect({
    model: 'gemini-3.8-live',
    config: { sessionResumption: handle === undefined ? {} : { handle } },
    callbacks: {
      onmessage: ({ sessionResumptionUpdate }) => {
        handle = sessionResumptionUpdate?.newHandle ?? handle;
      },
      onclose,
    },
  });

const ended = await new Promise<{ code: number; reason: string }>((resolve, reject) => {
  connect(resolve).catch(reject);
});
assert.deepEqual([ended.code, ended.reason], [1011, 'Deadline expired before operation could complete.']);

const again = await connect(() => {});
assert.equal(emulator.sessions()[1]?.report().resumedFrom, 'session-1');

again.close();
await emulator.close();
