import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import { createLiveProxy, createTickets, endpoint } from '@colloquy/live-proxy';

const emulator = await startEmulator({ timeScale: 20, brain: new ScriptedBrain(['Good morning, Ana.']) });
const tickets = createTickets({ secret: 'at least 32 bytes, kept out of the source' });
const proxy = createLiveProxy({ upstream: endpoint({ url: emulator.url }), authenticate: tickets.authenticate });
const server = createServer();
proxy.attach(server, { path: '/live' });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
const { ticket } = await tickets.issue({ participantId: 'ana', name: 'Ana' });
let said = '';

// #region client
import { GoogleGenAI, Modality } from '@google/genai';

const ai = new GoogleGenAI({ apiKey: ticket, httpOptions: { baseUrl } }); // such as https://app.example/live
const answered = Promise.withResolvers<void>();
const session = await ai.live.connect({
  model: 'gemini-3.8-live',
  config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {} },
  callbacks: {
    onmessage: ({ serverContent }) => {
      said += serverContent?.outputTranscription?.text ?? '';
      if (serverContent?.turnComplete) answered.resolve();
    },
  },
});
session.sendClientContent({ turns: 'Good morning!' });
await answered.promise;
session.close();
// #endregion
assert.equal(said.trim(), 'Good morning, Ana.');
await proxy.close();
server.close();
await emulator.close();
