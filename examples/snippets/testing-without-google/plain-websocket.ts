import assert from 'node:assert/strict';
import { startEmulator } from '@colloquy/live-emulator';

const emulator = await startEmulator({ timeScale: 20 });
const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const socket = new WebSocket(`${emulator.wsUrl}${path}?key=any`);
socket.binaryType = 'arraybuffer';

let said = '';
await new Promise<void>((resolve, reject) => {
  socket.onopen = () =>
    socket.send(
      JSON.stringify({
        setup: {
          model: 'models/gemini-2.5-flash-native-audio-latest',
          generationConfig: { responseModalities: ['AUDIO'] },
          outputAudioTranscription: {},
        },
      }),
    );
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(new TextDecoder().decode(data));
    if (message.setupComplete) socket.send(JSON.stringify({ realtimeInput: { text: 'Ben: Good morning!' } }));
    said += message.serverContent?.outputTranscription?.text ?? '';
    if (message.serverContent?.turnComplete) resolve();
  };
  socket.onclose = ({ code, reason }) => reject(new Error(`${code} ${reason}`));
});
assert.match(said, /Hello, Ben\./);

await emulator.close();
