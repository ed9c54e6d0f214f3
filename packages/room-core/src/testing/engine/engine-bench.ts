import type { LogEntry } from '@colloquy/live-protocol';
import type { RoomEngine } from '../../ports/room-engine.ts';
import { textEntry } from './entries.ts';

/** What the suites use of vitest: imported by the contract, so that doubles work without it. */
export type Vitest = typeof import('vitest');

/** A fresh, empty engine under test. */
export interface EngineFixture {
  readonly engine: RoomEngine;
  /** Closes `engine` and opens its data again; absent for engines that keep nothing. */
  readonly reopen?: () => Promise<RoomEngine>;
  /** Frees what the fixture made besides the engine. */
  readonly dispose?: () => Promise<void>;
}

/** The engine that a test works with. */
export class EngineBench {
  readonly #make: () => EngineFixture | Promise<EngineFixture>;
  #fixture: EngineFixture | null = null;
  #engine: RoomEngine | null = null;

  constructor(make: () => EngineFixture | Promise<EngineFixture>) {
    this.#make = make;
  }

  get engine(): RoomEngine {
    if (!this.#engine) throw new Error('No engine is open; open() belongs before the test.');
    return this.#engine;
  }

  /** Whether the engine keeps anything over a restart. */
  get keeps(): boolean {
    return this.#fixture?.reopen !== undefined;
  }

  readonly open = async (): Promise<void> => {
    this.#fixture = await this.#make();
    this.#engine = this.#fixture.engine;
  };

  readonly close = async (): Promise<void> => {
    await this.#engine?.close();
    await this.#fixture?.dispose?.();
  };

  /** Closes the engine and opens its data again; does nothing where it keeps none. */
  async reopen(): Promise<void> {
    if (this.#fixture?.reopen) this.#engine = await this.#fixture.reopen();
  }

  /** @throws Error where the engine did not append. */
  async appendText(room: string, text: string, cid?: string, participantId = 'ana'): Promise<LogEntry> {
    const result = await this.engine.append(room, textEntry(text, cid, participantId));
    if (result.outcome !== 'appended') throw new Error(`expected an appended entry, got ${JSON.stringify(result)}`);
    return result.entry;
  }
}
