import type { Worker } from 'node:worker_threads';
import { localMixers } from '../audio/local-mixer.ts';
import type { MixEvent, MixerPort, RoomMixer, RoomMixerOptions } from '../ports/room-mixer.ts';
import { systemClock } from '../system-clock.ts';
import { type FromMixer, type RoomReport, sharedNow, type ToMixer } from './messages.ts';
import { MovableMixer, type OpenMixer } from './movable-mixer.ts';

/** What {@link ThreadMixers} are made of. */
export interface ThreadMixersOptions {
  readonly when: 'late' | 'always';
  readonly startWorker: () => Worker;
  readonly onError: (error: unknown) => void;
}

/** A frame that is older was kept back by a stall; the model is not flooded with it, in milliseconds. */
const TOO_OLD_MS = 500;
/** Ticks of this thread that come so much later than the one before are late, in milliseconds… */
const LATE_MS = 60;
/** …and so many of them within ten seconds are too many. */
const MOST_LATE = 5;
const LATE_WINDOW_MS = 10_000;

interface RemoteRoom {
  readonly onEvent: (event: MixEvent) => void;
  readonly refused: Set<string>;
}

/** Mixes rooms in this thread, and in one other thread for all of them when this one is too busy to be on time. */
export class ThreadMixers implements MixerPort {
  readonly #options: ThreadMixersOptions;
  readonly #local: MixerPort;
  readonly #mixers = new Set<MovableMixer>();
  readonly #rooms = new Map<number, RemoteRoom>();
  #worker: Worker | null = null;
  /** Once the thread failed, everything is mixed here. */
  #failed = false;
  #nextRoom = 1;
  #lastTickAt = 0;
  #lateAt: number[] = [];

  constructor(options: ThreadMixersOptions) {
    this.#options = options;
    this.#local = localMixers(systemClock(), options.onError);
    if (options.when === 'always') this.#start();
  }

  /** Whether rooms are mixed in the other thread. */
  get inThread(): boolean {
    return this.#worker !== null;
  }

  open(options: RoomMixerOptions): RoomMixer {
    const mixer: MovableMixer = new MovableMixer(options, this.#opener(), () => this.#mixers.delete(mixer));
    this.#mixers.add(mixer);
    return mixer;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#failed = true;
    await worker?.terminate();
    await this.#local.close();
  }

  #opener(): OpenMixer {
    return this.#worker ? (options) => this.#openRemote(options) : (options) => this.#openLocal(options);
  }

  #openLocal({ onEvent, ...options }: RoomMixerOptions): RoomMixer {
    return this.#local.open({
      ...options,
      onEvent: (event) => {
        if (event.type === 'frame') this.#watch();
        if (event.type === 'paused') this.#lastTickAt = 0;
        onEvent(event);
      },
    });
  }

  /** Counts late ticks; all rooms tick together. */
  #watch(): void {
    const now = sharedNow();
    const sinceLast = now - this.#lastTickAt;
    if (this.#lastTickAt > 0 && sinceLast > LATE_MS && sinceLast < LATE_WINDOW_MS) {
      this.#lateAt = [...this.#lateAt.filter((at) => now - at < LATE_WINDOW_MS), now];
      // Not within the tick of the room that noticed it.
      if (this.#lateAt.length === MOST_LATE) queueMicrotask(() => this.#start());
    }
    this.#lastTickAt = now;
  }

  #start(): void {
    if (this.#worker || this.#failed) return;
    const worker = this.#options.startWorker();
    worker.unref();
    worker.on('message', (message: FromMixer) => this.#received(message));
    worker.on('error', (error) => this.#fellBack(worker, error));
    worker.on('exit', () => this.#fellBack(worker, new Error('The mixing thread ended.')));
    this.#worker = worker;
    this.#moveAll();
  }

  #fellBack(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#failed = true;
    this.#rooms.clear();
    this.#options.onError(error);
    this.#moveAll();
  }

  #moveAll(): void {
    for (const mixer of this.#mixers) mixer.move(this.#opener());
  }

  #openRemote({ onEvent, ...options }: RoomMixerOptions): RoomMixer {
    const room = this.#nextRoom++;
    const refused = new Set<string>();
    this.#rooms.set(room, { onEvent, refused });
    this.#post({ op: 'open', room, ...options });
    return {
      receive: (frame) => {
        this.#post({ op: 'receive', room, frame: { ...frame, pcm: frame.pcm.slice() } });
        return !refused.has(frame.connectionId);
      },
      endBurst: (connectionId) => this.#post({ op: 'endBurst', room, connectionId }),
      setOpen: (connectionId, participantId, open) =>
        this.#post({ op: 'setOpen', room, connectionId, participantId, open }),
      setPolicy: (policy, holder) => this.#post({ op: 'setPolicy', room, policy, holder }),
      hearModel: (pcm) => this.#post({ op: 'hearModel', room, pcm: pcm.slice() }),
      stopModel: () => this.#post({ op: 'stopModel', room }),
      remove: (connectionId) => {
        refused.delete(connectionId);
        this.#post({ op: 'remove', room, connectionId });
      },
      dispose: () => {
        this.#rooms.delete(room);
        this.#post({ op: 'dispose', room });
      },
    };
  }

  #post(message: ToMixer): void {
    this.#worker?.postMessage(message);
  }

  #received({ reports, at }: FromMixer): void {
    const isOld = sharedNow() - at > TOO_OLD_MS;
    for (const report of reports) this.#report(report, isOld);
  }

  #report(report: RoomReport, isOld: boolean): void {
    const room = this.#rooms.get(report.room);
    if (!room) return;
    if (!('event' in report)) {
      if (report.refused) room.refused.add(report.connectionId);
      else room.refused.delete(report.connectionId);
      return;
    }
    if (isOld && report.event.type === 'frame') return;
    try {
      room.onEvent(report.event);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
