import assert from 'node:assert/strict';
import { loadFixturePhrases, PhraseTranscriber, startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI } from '@google/genai';

const phrases = await loadFixturePhrases();
const [phrase] = phrases;
assert(phrase);
const emulator = await startEmulator({ timeScale: 20, transcriber: new PhraseTranscriber({ phrases }) });

const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: emulator.url } });
const session = await ai.live.connect({
  model: 'gemini-3.8-live',
  config: { inputAudioTranscription: {} },
  callbacks: { onmessage: () => {} },
});
const silence = new Int16Array(32_000);
for (const samples of [phrase.samples, silence]) {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
  session.sendRealtimeInput({ audio: { mimeType: 'audio/pcm;rate=16000', data } });
}

const heard = () => emulator.sessions()[0]?.report().heard.utterances ?? [];
while (heard().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
assert.equal(heard()[0]?.text, phrase.text);

session.close();
await emulator.close();
