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
  /** Items that are neither audio nor pictures. */
  readonly maxItems: number;
  /** Characters of their words. */
  readonly maxLength: number;
}

/**
 * Keeps a room's input while the model cannot be reached: everything that was typed, the newest seconds of audio, the
 * newest picture. In the order in which it came.
 */
export class InputQueue {
  readonly #limits: InputQueueLimits;
  #items: WaitingInput[] = [];
  #samples = 0;
  #words = 0;
  #length = 0;

  constructor(limits: InputQueueLimits) {
    this.#limits = limits;
  }

  /** Typed turns that wait, oldest first. */
  get texts(): readonly string[] {
    return this.#items.flatMap((item) => (item.type === 'text' ? [item.text] : []));
  }

  /** Audio is not copied: give samples that nobody changes. @returns `false` when there is no room for words. */
  add(item: WaitingInput): boolean {
    if (item.type === 'image') this.#items = this.#items.filter(({ type }) => type !== 'image');
    if (isKept(item)) {
      const length = this.#length + lengthOf(item);
      if (this.#words >= this.#limits.maxItems || length > this.#limits.maxLength) return false;
      this.#words += 1;
      this.#length = length;
    }
    this.#items.push(item);
    if (item.type !== 'audio') return true;
    this.#samples += item.samples.length;
    while (this.#samples > this.#limits.maxSamples) this.#dropOldestAudio();
    return true;
  }

  /** Takes out everything. */
  takeAll(): readonly WaitingInput[] {
    const items = this.#items;
    this.#items = [];
    this.#count();
    return items;
  }

  /** Forgets what makes no sense any more, such as answers to calls of a lost session. */
  drop(type: WaitingInput['type']): void {
    this.#items = this.#items.filter((item) => item.type !== type);
    this.#count();
  }

  #count(): void {
    const words = this.#items.filter(isKept);
    this.#words = words.length;
    this.#length = words.reduce((sum, item) => sum + lengthOf(item), 0);
    this.#samples = this.#items.reduce((sum, item) => sum + (item.type === 'audio' ? item.samples.length : 0), 0);
  }

  #dropOldestAudio(): void {
    const [dropped] = this.#items.splice(this.#items.findIndex(isAudio), 1);
    if (dropped?.type === 'audio') this.#samples -= dropped.samples.length;
  }
}

function isAudio(item: WaitingInput): boolean {
  return item.type === 'audio';
}

function isKept(item: WaitingInput): boolean {
  return item.type !== 'audio' && item.type !== 'image';
}

function lengthOf(item: WaitingInput): number {
  if (item.type === 'text' || item.type === 'context') return item.text.length;
  return item.type === 'toolResponse' ? JSON.stringify(item.response).length : 0;
}
