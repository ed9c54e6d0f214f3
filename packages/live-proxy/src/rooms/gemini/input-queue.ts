import type { FunctionResponse, SpeakerCues } from '@colloquy/live-protocol';

/** Input of a room that waits for a connection. */
export type WaitingInput =
  | { readonly type: 'audio'; readonly samples: Int16Array }
  | { readonly type: 'audioStreamEnd' | 'activityStart' | 'activityEnd' }
  | { readonly type: 'speakers'; readonly names: readonly string[]; readonly cues: SpeakerCues }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'context'; readonly text: string }
  | { readonly type: 'image'; readonly bytes: Uint8Array; readonly mimeType: string }
  | {
      readonly type: 'toolResponse';
      readonly callId: string;
      readonly name: string;
      readonly response: Readonly<Record<string, unknown>>;
      readonly scheduling?: FunctionResponse['scheduling'];
      readonly willContinue?: true;
    };

/** How much an {@link InputQueue} keeps. */
export interface InputQueueLimits {
  /** Samples of audio; the oldest go first. */
  readonly maxSamples: number;
  /** Items that are neither audio nor pictures; the oldest go first. */
  readonly maxItems: number;
}

/**
 * Keeps a room's input while the model cannot be reached: everything that was typed, the newest seconds of audio, the
 * newest picture. In the order in which it came.
 */
export class InputQueue {
  readonly #limits: InputQueueLimits;
  #items: WaitingInput[] = [];
  #samples = 0;

  constructor(limits: InputQueueLimits) {
    this.#limits = limits;
  }

  /** Typed turns that wait, oldest first. */
  get texts(): readonly string[] {
    return this.#items.flatMap((item) => (item.type === 'text' ? [item.text] : []));
  }

  /** Audio is not copied: give samples that nobody changes. */
  add(item: WaitingInput): void {
    if (item.type === 'image') this.#items = this.#items.filter(({ type }) => type !== 'image');
    this.#items.push(item);
    if (item.type === 'audio') {
      this.#samples += item.samples.length;
      while (this.#samples > this.#limits.maxSamples) this.#dropOldest(isAudio);
    } else if (item.type !== 'image' && this.#items.filter(isKept).length > this.#limits.maxItems) {
      this.#dropOldest(isKept);
    }
  }

  /** Takes out everything. */
  takeAll(): readonly WaitingInput[] {
    const items = this.#items;
    this.#items = [];
    this.#samples = 0;
    return items;
  }

  /** Forgets what makes no sense any more, such as answers to calls of a lost session. */
  drop(type: WaitingInput['type']): void {
    this.#items = this.#items.filter((item) => item.type !== type);
    if (type === 'audio') this.#samples = 0;
  }

  #dropOldest(matches: (item: WaitingInput) => boolean): void {
    const [dropped] = this.#items.splice(this.#items.findIndex(matches), 1);
    if (dropped?.type === 'audio') this.#samples -= dropped.samples.length;
  }
}

function isAudio(item: WaitingInput): boolean {
  return item.type === 'audio';
}

function isKept(item: WaitingInput): boolean {
  return item.type !== 'audio' && item.type !== 'image';
}
