import type { Emulator, EmulatorSession } from '@colloquy/live-emulator';
import type { Clock, LiveProxyEvent } from '../../src/index.ts';
import type { TestClient } from '../support/test-client.ts';

/** Length of a piece of sound. */
export const pieceMs = 200;
const pieceSamples = 16 * pieceMs;
/** Numbers are written in two of these digits, so that a piece is silence to whoever listens for speech. */
const base = 100;

/** Pieces of sound that a cut may have cost: those behind `after`, up to `upTo`. */
interface Window {
  readonly after: number;
  readonly upTo: number;
  readonly code: string | null;
  /** The connection that was there. */
  readonly connection: EmulatorSession | undefined;
  outcome: string | null;
}

/**
 * A client that does nothing but send sound, in numbered pieces, so that it can be told of each piece whether the service
 * has heard it, and of each one that it has not, whether it was on its way when a connection broke.
 */
export class Metronome {
  readonly #windows: Window[] = [];
  #sent = 0;
  readonly #emulator: Emulator;
  readonly #client: TestClient;
  readonly #isMine: (session: EmulatorSession) => boolean;

  constructor(emulator: Emulator, client: TestClient, isMine: (session: EmulatorSession) => boolean) {
    this.#emulator = emulator;
    this.#client = client;
    this.#isMine = isMine;
  }

  async run(clock: Clock, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.#sent += 1;
      const samples = new Int16Array(pieceSamples);
      samples[0] = Math.floor(this.#sent / base);
      samples[1] = this.#sent % base;
      const data = Buffer.from(samples.buffer).toString('base64');
      this.#client.send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
      await new Promise<void>((resolve) => void clock.setTimer(pieceMs, resolve));
    }
  }

  /** Where a connection broke. One that was left on purpose costs nothing, unless it broke in that very moment. */
  get breaks(): readonly Window[] {
    return this.#windows.filter(
      ({ code, connection }) => code !== null || connection?.report().close?.by === 'emulator',
    );
  }

  get sent(): number {
    return this.#sent;
  }

  /** All pieces that the service has heard, on any connection. */
  heard(): ReadonlySet<number> {
    return new Set(this.#emulator.sessions().filter(this.#isMine).flatMap(piecesOf));
  }

  /** Sees what the proxy tells of this client's session, in the moment in which it does. @param received pieces that it has read */
  observe(event: LiveProxyEvent, received: number): void {
    if (event.type !== 'continuityChanged') return;
    const { state, code } = event;
    if (state === 'reconnecting') {
      const connection = this.#emulator.sessions().findLast(this.#isMine);
      this.#windows.push({ after: Math.max(0, ...this.heard()), upTo: received, code, connection, outcome: null });
    } else if (state === 'resumed' || state === 'restarted') {
      for (const window of this.#windows) window.outcome ??= state;
    }
  }
}

function piecesOf(session: EmulatorSession): number[] {
  const { samples } = session.heard();
  return Array.from({ length: samples.length / pieceSamples }, (_, index) => {
    const at = index * pieceSamples;
    return (samples[at] ?? 0) * base + (samples[at + 1] ?? 0);
  });
}
