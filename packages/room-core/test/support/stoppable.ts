import type { Clock } from '../../src/ports/clock.ts';
import type { RoomEngine } from '../../src/ports/room-engine.ts';
import type { RoomNode } from '../../src/ports/room-node.ts';
import { systemClock } from '../../src/system-clock.ts';
import { delegateEngine } from './delegate-engine.ts';

/**
 * What a server touches the world through, so that it can be stopped as by `SIGSTOP`: nothing leaves it, nothing reaches it and
 * no timer runs until it goes on. What it was about to send is then sent first of all, before it looks at its clock.
 */
export class Stoppable {
  /** Times that pass faster: a tenth of a second is a second with 10. */
  readonly #pace: number;
  readonly #late: (() => void)[] = [];
  #going: Promise<void> = Promise.resolve();
  #go: () => void = () => {};
  #isStopped = false;

  constructor(pace: number) {
    this.#pace = pace;
  }

  stop(): void {
    this.#isStopped = true;
    this.#going = new Promise((resolve) => {
      this.#go = resolve;
    });
  }

  goOn(): void {
    this.#isStopped = false;
    this.#go();
    setImmediate(() => {
      for (const late of this.#late.splice(0)) this.#take(late);
    });
  }

  clock(): Clock {
    const clock = systemClock();
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() * this.#pace,
      setTimer: (ms, task) => {
        let isCancelled = false;
        const timer = clock.setTimer(ms / this.#pace, () => this.#take(() => isCancelled || task()));
        return {
          cancel: () => {
            isCancelled = true;
            timer.cancel();
          },
        };
      },
    };
  }

  engine(inner: RoomEngine, append: RoomEngine['append'] = (...args) => inner.append(...args)): RoomEngine {
    const { rooms } = inner;
    return delegateEngine(inner, {
      shared: true,
      rooms: {
        create: (record) => this.#call(() => rooms.create(record)),
        get: (id) => this.#call(() => rooms.get(id)),
        update: (record) => this.#call(() => rooms.update(record)),
        list: (options) => this.#call(() => rooms.list(options)),
        delete: (id) => this.#call(() => rooms.delete(id)),
      },
      position: (...args) => this.#call(() => inner.position(...args)),
      append: (...args) => this.#call(() => append(...args)),
      skip: (...args) => this.#call(() => inner.skip(...args)),
      read: (...args) => this.#call(() => inner.read(...args)),
      startEpoch: (...args) => this.#call(() => inner.startEpoch(...args)),
      subscribe: (roomId, listener) => inner.subscribe(roomId, (entry) => this.#take(() => listener(entry))),
    });
  }

  node(inner: RoomNode): RoomNode {
    return {
      nodeId: inner.nodeId,
      acquire: (roomId, ttlMs) => this.#call(() => inner.acquire(roomId, ttlMs / this.#pace)),
      renew: (lease, ttlMs) => this.#call(() => inner.renew(lease, ttlMs / this.#pace)),
      release: (lease) => this.#call(() => inner.release(lease)),
      holder: (roomId) => this.#call(() => inner.holder(roomId)),
      keep: (...args) => this.#call(() => inner.keep(...args)),
      kept: (...args) => this.#call(() => inner.kept(...args)),
      watch: (roomId, listener) => inner.watch(roomId, (holder) => this.#take(() => listener(holder))),
      listen: (listener) => inner.listen((bytes) => this.#take(() => listener(bytes))),
      listening: () => this.#call(() => inner.listening()),
      send: (nodeId, bytes, options) => {
        if (!this.#isStopped) return inner.send(nodeId, bytes, options);
        const copy = bytes.slice();
        void this.#going.then(() => inner.send(nodeId, copy, options));
        return true;
      },
      close: () => inner.close(),
    };
  }

  #take(what: () => unknown): void {
    if (this.#isStopped) this.#late.push(what);
    else what();
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    await this.#going;
    try {
      return await call();
    } finally {
      await this.#going;
    }
  }
}
