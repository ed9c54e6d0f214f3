import type { FloorPolicy } from '@colloquy/live-protocol';
import type { MicrophoneFrame, MixEvent } from '../ports/room-mixer.ts';

/** What the mixing thread is told; rooms are numbered by the thread that serves them. */
export type ToMixer =
  | { readonly op: 'open'; readonly room: number; readonly maxMicrophones: number; readonly leaveOutEchoes: boolean }
  | { readonly op: 'receive'; readonly room: number; readonly frame: MicrophoneFrame }
  | { readonly op: 'endBurst' | 'remove'; readonly room: number; readonly connectionId: string }
  | {
      readonly op: 'setOpen';
      readonly room: number;
      readonly connectionId: string;
      readonly participantId: string;
      readonly open: boolean;
    }
  | { readonly op: 'setPolicy'; readonly room: number; readonly policy: FloorPolicy; readonly holder: string | null }
  | { readonly op: 'hearModel'; readonly room: number; readonly pcm: Uint8Array }
  | { readonly op: 'stopModel'; readonly room: number }
  | { readonly op: 'dispose'; readonly room: number };

/** What the mixing thread says of one room. */
export type RoomReport =
  | { readonly room: number; readonly event: MixEvent }
  /** A microphone is not heard any more because too many are, or is heard again. */
  | { readonly room: number; readonly connectionId: string; readonly refused: boolean };

/** Everything of one tick. */
export interface FromMixer {
  readonly reports: readonly RoomReport[];
  /** When it was said, in milliseconds of a clock that all threads share. */
  readonly at: number;
}

/** Milliseconds of a clock that never jumps and is the same in all threads of the process. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
