import type { RoomEngine } from '../../src/ports/room-engine.ts';

/** An engine that does what `inner` does, but for what `other` does instead. */
export function delegateEngine(inner: RoomEngine, other: Partial<RoomEngine> = {}): RoomEngine {
  return {
    rooms: inner.rooms,
    position: (...args) => inner.position(...args),
    append: (...args) => inner.append(...args),
    skip: (...args) => inner.skip(...args),
    read: (...args) => inner.read(...args),
    startEpoch: (...args) => inner.startEpoch(...args),
    ...(inner.search && { search: inner.search.bind(inner) }),
    ...(inner.redact && { redact: inner.redact.bind(inner) }),
    ...(inner.unload && { unload: inner.unload.bind(inner) }),
    ...(inner.restore && { restore: inner.restore.bind(inner) }),
    subscribe: (...args) => inner.subscribe(...args),
    close: () => inner.close(),
    ...other,
  };
}
