import assert from 'node:assert/strict';
import { ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI, type LiveServerMessage } from '@google/genai';

const emulator = await startEmulator({
  timeScale: 20,
  brain: new ScriptedBrain([
    ['One moment.', { type: 'call', calls: [{ name: 'lookup_order', args: { id: 'AB12' } }] }],
    ({ input: [result] }) => `The shop says: ${result?.type === 'toolResult' ? result.response.output : 'nothing'}.`,
  ]),
});

const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });
const messages: LiveServerMessage[] = [];
const session = await ai.live.connect({
  model: 'gemini-3.8-live',
  config: { outputAudioTranscription: {}, tools: [{ functionDeclarations: [{ name: 'lookup_order' }] }] },
  callbacks: {
    onmessage: (message) => {
      messages.push(message);
      for (const { id, name } of message.toolCall?.functionCalls ?? []) {
        session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'shipped' } }] });
      }
    },
  },
});
session.sendClientContent({ turns: 'Where is my order?' });

const transcript = (): string =>
  messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
while (!transcript().includes('shipped')) await new Promise((resolve) => setTimeout(resolve, 10));
assert.equal(transcript().trim(), 'One moment. The shop says: shipped.');

session.close();
await emulator.close();
