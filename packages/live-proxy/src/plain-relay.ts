import type { Backend, Setup } from '@colloquy/live-protocol';
import { classifyClientFrame } from './continuity/client-frame.ts';
import { readServerFrame, voice } from './continuity/server-frame.ts';
import { TurnEnd } from './continuity/turn-end.ts';
import { TurnTracker } from './continuity/turn-tracker.ts';
import { Relay, type RelayOptions } from './relay.ts';
import type { Passage } from './socket-port.ts';

/** Options of {@link PlainRelay}. */
export interface PlainRelayOptions extends Omit<RelayOptions, 'inspect' | 'onMark'> {
  readonly backend: Backend;
}

/** One client and one upstream connection that end together. It passes on everything, and knows when a turn is under way. */
export class PlainRelay {
  readonly #relay: Relay;
  readonly #backend: Backend;
  readonly #tracker = new TurnTracker();
  readonly #turnEnd = new TurnEnd(() => this.#tracker.isBetweenTurns);

  constructor({ backend, ...options }: PlainRelayOptions) {
    this.#backend = backend;
    this.#relay = new Relay({ ...options, inspect: (data, isVoice) => this.#inspect(data, isVoice) });
  }

  start(setup: Setup): void {
    this.#relay.start(JSON.stringify({ setup }));
  }

  forward(data: Buffer, isBinary: boolean, passage?: Passage): void {
    if (!passage?.media) this.#note(data);
    this.#relay.forward(data, isBinary, passage);
  }

  clientDrained(): void {
    this.#relay.clientDrained();
  }

  /** Calls `task` once when no turn is under way: now, or behind the message that ends it. */
  whenBetweenTurns(task: () => void): void {
    this.#turnEnd.await(task);
  }

  close(code: number, reason: string): void {
    this.#relay.close(code, reason);
  }

  terminate(): void {
    this.#relay.terminate();
  }

  #note(data: Buffer): void {
    const kind = classifyClientFrame(data, this.#backend);
    this.#tracker.said(kind);
    // To the result of a tool the model says something as well.
    if (kind.type === 'toolResponse') this.#tracker.asked();
  }

  #inspect(data: Buffer, isVoice: boolean): boolean {
    if (isVoice) {
      // Nearly all messages are nothing else, and none of them ends a turn.
      this.#tracker.observe(voice);
      return true;
    }
    for (const event of readServerFrame(data)) {
      if (event.type === 'setupComplete') this.#relay.setUp();
      this.#tracker.observe(event);
    }
    this.#turnEnd.look();
    return true;
  }
}
