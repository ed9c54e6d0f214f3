import type { ServerMessage } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../clock.ts';
import { bundleMessages } from './bundle-messages.ts';

/** Stands between a session and its socket, and does to the messages what faults ask for. Does nothing by itself. */
export class Disturbances {
  readonly #clock: Clock;
  #deliver: (message: ServerMessage) => void = () => {};
  #isSilent = false;
  #updateTimes = 1;
  #noise: 'none' | 'message' | 'content' = 'none';
  #held: ServerMessage[] | null = null;
  #holding: Timer | null = null;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Where messages go from here. */
  connect(deliver: (message: ServerMessage) => void): void {
    this.#deliver = deliver;
  }

  /** Passes a message on: at once and as it is, unless a fault says otherwise. */
  pass(message: ServerMessage): void {
    if (this.#isSilent) return;
    const times = message.sessionResumptionUpdate ? this.#updateTimes : 1;
    for (let count = 0; count < times; count += 1) this.#out(message);
    if (this.#noise === 'none') return;
    this.#out(this.#noise === 'message' ? {} : { serverContent: {} });
    this.#noise = this.#noise === 'message' ? 'content' : 'message';
  }

  /** Lets nothing through any more. */
  fallSilent(): void {
    this.#isSilent = true;
    this.close();
  }

  repeatUpdates(times: number): void {
    this.#updateTimes = times;
  }

  addNoise(): void {
    this.#noise = 'message';
  }

  /** Keeps everything for so long. */
  holdBack(seconds: number, options: { readonly bundles: boolean }): void {
    if (this.#held) this.#release(false);
    this.#held = [];
    this.#holding = this.#clock.setTimer(seconds * 1000, () => this.#release(options.bundles));
  }

  /** Lets out what is held, because the connection is about to close in good order. */
  flush(): void {
    this.#release(false);
  }

  /** Nothing comes any more. */
  close(): void {
    this.#holding?.cancel();
    this.#held = null;
  }

  #out(message: ServerMessage): void {
    if (this.#held) this.#held.push(message);
    else this.#deliver(message);
  }

  #release(bundles: boolean): void {
    const held = this.#held ?? [];
    this.close();
    for (const message of bundles ? bundleMessages(held) : held) this.#deliver(message);
  }
}
