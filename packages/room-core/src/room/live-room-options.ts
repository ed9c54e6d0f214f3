import type { EntryActor, RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import type { RoomMeter } from '../metering/room-meter.ts';
import type { NodeTenure } from '../nodes/node-tenure.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelPort } from '../ports/model-session.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { MixerPort } from '../ports/room-mixer.ts';
import type { RoomManagerEvents } from '../room-events.ts';
import type { RoomSettings } from '../settings.ts';
import type { DoorState } from './doors.ts';

/** Tells the application what happens in a room. */
export type EmitRoomEvent = <K extends keyof RoomManagerEvents & string>(type: K, event: RoomManagerEvents[K]) => void;

/** What a `LiveRoom` is made of. */
export interface LiveRoomOptions {
  readonly info: RoomInfo;
  readonly doors: DoorState;
  readonly engine: RoomEngine;
  readonly model: ModelPort | null;
  readonly clock: Clock;
  readonly mixers: MixerPort;
  readonly settings: RoomSettings;
  /** Counts on from earlier times of this room. */
  readonly meter: RoomMeter;
  readonly emit: EmitRoomEvent;
  /** What hosts may do that the directory has to know of, as the manager does it. */
  readonly manage: {
    /** Stores the doors; resolves with what they are then. */
    changeDoors(change: (doors: DoorState) => DoorState): Promise<DoorState>;
    close(options: { readonly reason?: string; readonly by: EntryActor }): Promise<unknown>;
    configure(options: {
      readonly version: number;
      readonly changes: Partial<RoomConfiguration>;
      readonly by: EntryActor;
    }): Promise<RoomInfo>;
  };
  /** The server has stopped: nothing goes on. */
  readonly signal: AbortSignal;
  /** Where several servers share rooms: its clients have the log from the server that they are connected to. @defaultValue `null` */
  readonly tenure?: NodeTenure | null;
  /** The room is over in this process: nobody has been here for a while, or it was closed elsewhere. */
  readonly onEnded: () => void;
}
