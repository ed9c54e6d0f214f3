// Runs on the audio thread. A thin shell: everything that can be wrong is in the engine, which is tested in Node.
import { PlaybackEngine } from './playback-engine.ts';
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
  #closed = false;
  #levelAt = 0;
  #level = 0;

  constructor({ processorOptions: { sourceRate, live } }: { processorOptions: PlaybackProcessorOptions }) {
    super();
    this.#engine = new PlaybackEngine({ sourceRate, contextRate: sampleRate, live });
    this.port.onmessage = ({ data }: MessageEvent<PlaybackCommand>) => this.#obey(data);
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    if (this.#closed) return false;
    const output = outputs[0]?.[0];
    if (output) this.#engine.render(output);
    this.#tellLevel();
    return true;
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
    const level = this.#engine.takeLevel();
    // Silence is told once.
    if (level === 0 && this.#level === 0) return;
    this.#level = level;
    this.#tell({ type: 'level', level });
  }

  #tell(message: PlaybackMessage): void {
    this.port.postMessage(message);
  }
}

registerProcessor(PLAYBACK_PROCESSOR, PlaybackProcessor);
