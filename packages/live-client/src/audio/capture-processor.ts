import { CapturePipeline } from './capture-pipeline.ts';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureMessage } from './worklet-messages.ts';

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Captures on the audio thread. A thin shell. */
export function registerCapture(): void {
  class CaptureProcessor extends AudioWorkletProcessor {
    #closed = false;
    readonly #pipeline = new CapturePipeline({
      inputRate: sampleRate,
      emit: (frame) => {
        const message: CaptureMessage = { type: 'frame', ...frame };
        this.port.postMessage(message, [frame.samples.buffer]);
      },
    });

    constructor() {
      super();
      this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
        if (data.type === 'close') this.#closed = true;
      };
    }

    process(inputs: readonly (readonly Float32Array[])[]): boolean {
      if (this.#closed) return false;
      this.#pipeline.push(inputs[0] ?? []);
      return true;
    }
  }
  registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
}
