// One client that talks to an emulator in real time, for ever the same: a phrase, then silence in which it is answered.
import { createRequire } from 'node:module';

const { WebSocket } = createRequire(new URL('../packages/live-emulator/package.json', import.meta.url))('ws');

export const FRAME_MS = 40;
const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const OUTPUT_BYTES_PER_MS = 48;

/** Times in milliseconds of `performance.now()`; the listener learns of everything that can be late. */
export class LoadSession {
  #socket;
  #frames;
  #cycle = 0;
  #onEvent;
  /** When each frame of the present cycle was sent. */
  #sentAt = [];
  #turn = null;
  #isClosing = false;
  #closed;
  received = 0;

  constructor({ wsUrl, frames, onEvent }) {
    this.#frames = frames;
    this.#onEvent = onEvent;
    this.#socket = new WebSocket(wsUrl + PATH, { perMessageDeflate: false });
    this.#socket.on('message', (data) => this.#take(JSON.parse(data.toString()), performance.now()));
    this.#socket.on('error', (error) => onEvent({ type: 'failure', message: error.message }));
    this.#closed = new Promise((resolve) => {
      this.#socket.on('close', (code) => {
        if (!this.#isClosing || (code !== 1000 && code !== 1005))
          onEvent({ type: 'failure', message: `closed with ${code}` });
        resolve();
      });
    });
  }

  /** Resolves when the session is set up. */
  opened() {
    return new Promise((resolve) => {
      this.#socket.once('open', () => {
        this.#socket.send(
          JSON.stringify({
            setup: {
              model: 'models/gemini-3.8-live',
              generationConfig: { responseModalities: ['AUDIO'] },
              inputAudioTranscription: {},
              outputAudioTranscription: {},
            },
          }),
        );
      });
      this.onReady = resolve;
    });
  }

  /** Sends the next frame of audio. */
  tick() {
    if (this.#cycle === this.#frames.length) {
      this.#cycle = 0;
      this.#sentAt = [];
    }
    this.#sentAt.push(performance.now());
    this.#socket.send(this.#frames[this.#cycle]);
    this.#cycle += 1;
  }

  /** Resolves when the emulator has answered the close, or the socket is lost. */
  close() {
    this.#isClosing = true;
    this.#socket.close();
    return this.#closed;
  }

  #take(message, now) {
    this.received += 1;
    if (message.setupComplete) this.onReady();
    const edge = message.voiceActivity?.type;
    if (edge) this.#onEvent({ type: edge, now, frame: this.#sentAt.length - 1, sentAt: this.#sentAt });
    const content = message.serverContent;
    const audio = content?.modelTurn?.parts?.[0]?.inlineData?.data;
    if (audio) {
      this.#turn ??= { startedAt: now, audioMs: 0 };
      this.#turn.audioMs += Buffer.byteLength(audio, 'base64') / OUTPUT_BYTES_PER_MS;
    }
    if (!content?.turnComplete || !this.#turn) return;
    this.#onEvent({ type: 'turnComplete', lateMs: now - this.#turn.startedAt - this.#turn.audioMs });
    this.#turn = null;
  }
}

/** A cycle of frames, ready to send: `samples` of speech at 16 kHz, then silence up to `seconds`. */
export function framesOf(samples, seconds) {
  const audio = new Int16Array(seconds * 16_000);
  audio.set(samples.subarray(0, audio.length));
  const perFrame = 16 * FRAME_MS;
  return Array.from({ length: audio.length / perFrame }, (_, index) => {
    const data = Buffer.from(audio.buffer, index * perFrame * 2, perFrame * 2).toString('base64');
    return JSON.stringify({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
  });
}
