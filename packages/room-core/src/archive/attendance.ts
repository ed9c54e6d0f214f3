import type { Clock, Timer } from '../ports/clock.ts';
import type { HotRooms } from '../ports/hot-rooms.ts';
import type { AttendedRoom } from './attended-room.ts';

/** What an {@link Attendance} is made of. */
export interface AttendanceOptions {
  readonly hot: HotRooms;
  readonly clock: Clock;
  /** Of this start of this server. */
  readonly serverId: string;
  readonly attend: (roomId: string) => AttendedRoom;
  readonly onError: (roomId: string, error: unknown) => void;
}

/** Another server stores a room when its turn was not renewed for so long, milliseconds. */
const TURN_MS = 15_000;

/**
 * Which rooms of a shared engine this server stores: those that it was the first to write to, and those whose server is gone. A
 * turn only spares work; which of two writes counts, the store decides.
 */
export class Attendance {
  readonly rooms: Map<string, AttendedRoom> = new Map();
  readonly #options: AttendanceOptions;
  /** Rooms that others store, as it was when this server looked last; forgotten at every round. */
  readonly #elsewhere = new Set<string>();
  #round: Promise<void> = Promise.resolve();
  #timer: Timer;
  #isOver = false;

  constructor(options: AttendanceOptions) {
    this.#options = options;
    this.#timer = this.#next();
  }

  /** Somebody has written to a room here. Never rejects. */
  async touched(roomId: string): Promise<void> {
    if (this.rooms.has(roomId) || this.#elsewhere.has(roomId) || this.#isOver) return;
    const { hot, onError, serverId } = this.#options;
    this.#elsewhere.add(roomId);
    try {
      if (await hot.storeTurn(roomId, serverId, TURN_MS)) this.#attend(roomId);
    } catch (error) {
      onError(roomId, error);
    }
  }

  /** Ends what is done about a room here, and lets others. Never rejects. */
  async leave(roomId: string): Promise<void> {
    this.#end(roomId);
    const { hot, onError, serverId } = this.#options;
    await hot.leave(roomId, serverId).catch((error: unknown) => onError(roomId, error));
  }

  /** No further room is taken. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#timer.cancel();
    await this.#round;
  }

  #attend(roomId: string): void {
    if (this.#isOver || this.rooms.has(roomId)) return;
    this.rooms.set(roomId, this.#options.attend(roomId));
    this.#elsewhere.delete(roomId);
  }

  #end(roomId: string): void {
    this.rooms.get(roomId)?.end();
    this.rooms.delete(roomId);
    this.#elsewhere.delete(roomId);
  }

  #next(): Timer {
    const ms = (TURN_MS / 3) * (0.7 + 0.3 * Math.random());
    return this.#options.clock.setTimer(ms, () => {
      this.#round = this.#look().finally(() => {
        if (!this.#isOver) this.#timer = this.#next();
      });
    });
  }

  /** Renews what is stored here, and takes what nobody stores. */
  async #look(): Promise<void> {
    const { hot, onError, serverId } = this.#options;
    this.#elsewhere.clear();
    try {
      for (const roomId of this.rooms.keys()) {
        if (!(await hot.storeTurn(roomId, serverId, TURN_MS))) this.#end(roomId);
      }
      for await (const roomId of hot.list()) {
        if (this.#isOver) return;
        if (this.rooms.has(roomId)) continue;
        if (await hot.storeTurn(roomId, serverId, TURN_MS)) this.#attend(roomId);
      }
    } catch (error) {
      onError('', error);
    }
  }
}
