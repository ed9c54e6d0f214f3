import type { LogEntry } from '@colloquy/live-protocol';
import type { LogChain } from './log-chain.ts';

/** Rooms whose stored log is known at the same time. */
const MOST = 64;

/** The stored logs that are read here, while others write to them. */
export class ReadChains {
  readonly #make: (roomId: string) => LogChain;
  readonly #chains = new Map<string, LogChain>();

  constructor(make: (roomId: string) => LogChain) {
    this.#make = make;
  }

  /** Entries `from`…`to`, both inclusive, which are known to be stored. @throws RoomCoreError of the store. */
  async read(roomId: string, from: number, to: number): Promise<readonly LogEntry[]> {
    const chain = this.#chains.get(roomId) ?? this.#make(roomId);
    this.#chains.delete(roomId);
    this.#chains.set(roomId, chain);
    for (const oldest of this.#chains.keys()) {
      if (this.#chains.size <= MOST) break;
      this.#chains.delete(oldest);
    }
    // Another server may have taken words out.
    chain.forget();
    if (chain.tip.last < to) await chain.refresh();
    return chain.read(from, to);
  }

  /** It was deleted. */
  forget(roomId: string): void {
    this.#chains.delete(roomId);
  }
}
