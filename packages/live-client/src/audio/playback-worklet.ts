// Runs on the audio thread. A thin shell: everything that can be wrong is in the engine, which is tested in Node.
import { PlaybackEngine } from './playback-engine.ts';
import { PlaybackReport } from './playback-report.ts';
import { SharedChunks } from './shared-chunks.ts';
import {
  PLAYBACK_PROCESSOR,
  type PlaybackCommand,
  type PlaybackMessage,
  type PlaybackProcessorOptions,
} from './worklet-messages.ts';

declare const sampleRate: number;
declare const currentTime: number;
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: PlaybackProcessorOptions }) => AudioWorkletProcessor,
): void;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Levels are told this often: smooth for the eye, and few messages. */
const LEVEL_INTERVAL_SECONDS = 0.04;

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #engine: PlaybackEngine;
  readonly #shared: SharedChunks | null;
  readonly #chunk: Int16Array;
  #closed = false;
  #levelAt = 0;
  readonly #report = new PlaybackReport();

  constructor({ processorOptions: { sourceRate, live, shared } }: { processorOptions: PlaybackProcessorOptions }) {
    super();
    this.#engine = new PlaybackEngine({ sourceRate, contextRate: sampleRate, live });
    this.#shared = shared ? SharedChunks.of(shared) : null;
    this.#chunk = new Int16Array(this.#shared?.capacity ?? 0);
    this.port.onmessage = ({ data }: MessageEvent<PlaybackCommand>) => {
      // What was written before the message was sent comes before it.
      this.#takeShared();
      this.#obey(data);
      this.#shared?.countObeyed();
    };
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    if (this.#closed) return false;
    this.#takeShared();
    const output = outputs[0]?.[0];
    if (output) this.#engine.render(output);
    this.#tellLevel();
    return true;
  }

  #takeShared(): void {
    const shared = this.#shared;
    if (!shared) return;
    for (let length = shared.read(this.#chunk); length >= 0; length = shared.read(this.#chunk)) {
      this.#engine.push(this.#chunk, shared.turn, currentTime * 1_000, length);
    }
  }

  #obey(command: PlaybackCommand): void {
    switch (command.type) {
      case 'push':
        this.#engine.push(command.samples, command.turn, currentTime * 1_000);
        return;
      case 'interrupt':
        this.#engine.interrupt(command.turn);
        return;
      case 'end':
        this.#engine.end();
        return;
      case 'skip':
        this.#engine.skip(command.milliseconds);
        return;
      case 'report':
        this.#tell({ type: 'statistics', id: command.id, statistics: this.#engine.statistics() });
        return;
      case 'close':
        this.#closed = true;
        return;
      default:
        command satisfies never;
    }
  }

  #tellLevel(): void {
    if (currentTime < this.#levelAt) return;
    this.#levelAt = currentTime + LEVEL_INTERVAL_SECONDS;
    const news = this.#report.next(this.#engine);
    if (news) this.#tell({ type: 'level', ...news });
  }

  #tell(message: PlaybackMessage): void {
    this.port.postMessage(message);
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
