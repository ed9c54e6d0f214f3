import type { NewEntry } from '@colloquy/live-protocol';
import { RoomCoreError } from '../../src/errors.ts';
import type { AppendResult, RoomEngine } from '../../src/ports/room-engine.ts';
import { delegateEngine } from './delegate-engine.ts';

/** An engine over `inner` whose answers to appends wait while it is held, as those of a busy disk do. */
export interface HeldEngine extends RoomEngine {
  /** Appends from now on are stored at once and answered at `release`. */
  hold(): void;
  release(): void;
  /** Appends of these kinds fail until `break([])`. */
  break(kinds: readonly NewEntry['kind'][]): void;
}

export function heldEngine(inner: RoomEngine): HeldEngine {
  let gate: Promise<void> = Promise.resolve();
  let open: () => void = () => {};
  let broken: readonly NewEntry['kind'][] = [];
  return {
    ...delegateEngine(inner),
    append: async (roomId, entry, options): Promise<AppendResult> => {
      if (broken.includes(entry.kind)) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The disk is full.');
      const result = await inner.append(roomId, entry, options);
      await gate;
      return result;
    },
    hold: () => {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release: () => {
      gate = Promise.resolve();
      open();
    },
    break: (kinds) => {
      broken = kinds;
    },
  };
}
