import { vi } from 'vitest';

/** One end of a channel that delivers at once, so that a test decides the order of things. */
class FakePort {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  peer: FakePort | null = null;

  postMessage(data: unknown, transfer: ArrayBuffer[] = []): void {
    const arrived: unknown = structuredClone(data, { transfer });
    this.peer?.onmessage?.({ data: arrived });
  }
}

type Blocks = Float32Array[][];
interface Processor {
  process(inputs: Blocks, outputs: Blocks): boolean;
}

const QUANTUM = 128;
const processors = new Map<string, new (options: unknown) => Processor>();
let portOfNextProcessor: FakePort | null = null;

class FakeNode {
  readonly context: FakeAudioContext;
  readonly targets: FakeNode[] = [];

  constructor(context: FakeAudioContext) {
    this.context = context;
  }

  connect<Target extends FakeNode>(target: Target): Target {
    this.targets.push(target);
    return target;
  }

  disconnect(): void {
    this.targets.length = 0;
  }
}

/** Remembers the last value it was told. */
export class FakeGainNode extends FakeNode {
  readonly gain = {
    value: 1,
    setTargetAtTime(value: number): void {
      this.value = value;
    },
    setValueAtTime(): void {},
    linearRampToValueAtTime(): void {},
  };
}

/** Runs the real processor of its name, by hand. */
export class FakeAudioWorkletNode extends FakeNode {
  readonly port: FakePort = new FakePort();
  readonly name: string;
  onprocessorerror: (() => void) | null = null;
  #processor: Processor;

  constructor(context: FakeAudioContext, name: string, options: unknown) {
    super(context);
    this.name = name;
    const inner = new FakePort();
    inner.peer = this.port;
    this.port.peer = inner;
    portOfNextProcessor = inner;
    const Made = processors.get(name);
    if (!Made) throw new Error(`No processor ${name}.`);
    this.#processor = new Made(options);
    context.worklets.push(this);
  }

  /** Runs one quantum; answers the output, or `null` when the processor has ended. */
  run(input: Float32Array = new Float32Array(QUANTUM)): Float32Array | null {
    const output = new Float32Array(QUANTUM);
    return this.#processor.process([[input]], [[output]]) ? output : null;
  }
}

/** An audio context whose time moves when the test says so. */
export class FakeAudioContext extends EventTarget {
  static made: FakeAudioContext[] = [];
  /** What `resume` leads to. */
  static allowed = true;
  /** Loading of worklets waits for it. */
  static loading: Promise<void> | null = null;
  static failingModules: ((url: string) => boolean) | null = null;
  /** The engine's audio hangs: nothing that it is asked for is answered. */
  static hanging = false;
  readonly sampleRate = 48_000;
  readonly destination: FakeNode = new FakeNode(this);
  readonly worklets: FakeAudioWorkletNode[] = [];
  readonly gains: FakeGainNode[] = [];
  readonly modules: string[] = [];
  state: AudioContextState = FakeAudioContext.allowed ? 'running' : 'suspended';
  sinkId = '';
  readonly audioWorklet: { addModule(url: string): Promise<void> } = {
    addModule: async (url: string) => {
      this.modules.push(url);
      if (FakeAudioContext.hanging) await new Promise(() => {});
      await FakeAudioContext.loading;
      if (FakeAudioContext.failingModules?.(url)) throw new DOMException('blocked by policy', 'AbortError');
    },
  };

  constructor() {
    super();
    FakeAudioContext.made.push(this);
  }

  get currentTime(): number {
    return Reflect.get(globalThis, 'currentTime') as number;
  }

  createGain(): FakeGainNode {
    const gain = new FakeGainNode(this);
    this.gains.push(gain);
    return gain;
  }

  createMediaStreamSource(): FakeNode {
    return new FakeNode(this);
  }

  async resume(): Promise<void> {
    if (this.state === 'interrupted') throw new DOMException('interrupted', 'InvalidStateError');
    if (!FakeAudioContext.allowed) return new Promise(() => {});
    this.change('running');
  }

  createOscillator(): FakeNode {
    return Object.assign(new FakeNode(this), { frequency: { value: 0 }, onended: null, start() {}, stop() {} });
  }

  async close(): Promise<void> {
    if (FakeAudioContext.hanging) return new Promise(() => {});
    if (this.state === 'closed') throw new DOMException('closed', 'InvalidStateError');
    this.change('closed');
  }

  async setSinkId(deviceId: string): Promise<void> {
    if (FakeAudioContext.hanging) return new Promise(() => {});
    if (deviceId === 'missing') throw new DOMException('no such device', 'NotFoundError');
    this.sinkId = deviceId;
  }

  change(state: FakeAudioContext['state']): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }

  /** Lets so much time pass; answers the sum of what the worklets gave out. */
  play(milliseconds: number): Float32Array {
    const quanta = Math.round((milliseconds * this.sampleRate) / 1_000 / QUANTUM);
    const heard = new Float32Array(quanta * QUANTUM);
    for (let quantum = 0; quantum < quanta; quantum++) {
      for (const node of this.worklets) {
        const output = node.run();
        for (let index = 0; output && index < QUANTUM; index++) {
          heard[quantum * QUANTUM + index] = (heard[quantum * QUANTUM + index] ?? 0) + (output[index] ?? 0);
        }
      }
      Reflect.set(globalThis, 'currentTime', this.currentTime + QUANTUM / this.sampleRate);
    }
    return heard;
  }
}

/** Puts Web Audio's names into this environment, with the real worklets registered. Undo with `vi.unstubAllGlobals()`. */
export async function stubWebAudio(): Promise<void> {
  FakeAudioContext.made = [];
  FakeAudioContext.allowed = true;
  FakeAudioContext.loading = null;
  FakeAudioContext.failingModules = null;
  FakeAudioContext.hanging = false;
  vi.stubGlobal('currentTime', 0);
  vi.stubGlobal('sampleRate', 48_000);
  vi.stubGlobal('registerProcessor', (name: string, processor: new (options: unknown) => Processor) => {
    processors.set(name, processor);
  });
  vi.stubGlobal(
    'AudioWorkletProcessor',
    class {
      readonly port = portOfNextProcessor;
    },
  );
  vi.stubGlobal('AudioContext', FakeAudioContext);
  vi.stubGlobal('AudioWorkletNode', FakeAudioWorkletNode);
  await import('../src/audio/capture-worklet.ts');
  await import('../src/audio/playback-worklet.ts');
  // What is loaded already is there at once when it is asked for again.
  await import('../src/audio/capture-worklet.ts?worklet');
  await import('../src/audio/playback-worklet.ts?worklet');
}
