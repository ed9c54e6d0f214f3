import assert from 'node:assert/strict';
import { startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI, type LiveServerMessage, Modality } from '@google/genai';

const emulator = await startEmulator({ seed: 1, timeScale: 20 });
const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });

const messages: LiveServerMessage[] = [];
const session = await new Promise<Awaited<ReturnType<typeof ai.live.connect>>>((resolve, reject) => {
  const connecting = ai.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {} },
    callbacks: {
      onmessage: (message) => {
        messages.push(message);
        if (message.serverContent?.turnComplete) resolve(connecting);
      },
    },
  });
  connecting.then((open) => open.sendClientContent({ turns: 'Ana: Hello!' }), reject);
});

const said = messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
assert.match(said, /Hello, Ana\./);

session.close();
await emulator.close();
