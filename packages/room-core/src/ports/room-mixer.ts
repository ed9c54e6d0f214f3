import type { FloorPolicy } from '@colloquy/live-protocol';
import type { JitterMeasurement } from '../metrics/measurement.ts';

/** What a {@link RoomMixer} says, in this order within a tick. */
export type MixEvent =
  /** Somebody began or stopped to speak, heard or not. */
  | { readonly type: 'speaking'; readonly participantId: string; readonly speaking: boolean }
  /** Policies of one voice: the frames that follow are this person's. */
  | { readonly type: 'turnStart'; readonly participantId: string }
  | { readonly type: 'turnEnd'; readonly participantId: string }
  /**
   * 20 ms for the model, PCM16 mono 16 kHz; the buffer is used again after the call. `voiced`: people with speech in it.
   * `talking`: people with speech at this moment, though they may be heard later or not at all. Somebody whose speech was
   * held back stands in it once for each frame of it.
   */
  | {
      readonly type: 'frame';
      readonly samples: Int16Array;
      readonly voiced: readonly string[];
      readonly talking: readonly string[];
    }
  /** Nobody has been heard for a second: no more frames until somebody is. */
  | { readonly type: 'paused' }
  /** What the jitter buffers did since the last one: every 5 s of mixing, where anything is to be told. */
  | ({ readonly type: 'jitter' } & JitterMeasurement);

/** A frame of one microphone. */
export interface MicrophoneFrame {
  readonly connectionId: string;
  readonly participantId: string;
  /** In samples, 32 bits, wrapping. */
  readonly mediaTime: number;
  /** PCM16 little-endian at 16 kHz, at most 100 ms. Used during the call only. */
  readonly pcm: Uint8Array;
  /** Whether the sender's own detector hears speech. */
  readonly voice: boolean;
}

/** What of the microphones of a room reaches the model: one frame per 20 ms while anybody's is open, none otherwise. */
export interface RoomMixer {
  /** @returns whether it will be heard; `false` when too many microphones speak already. */
  receive(frame: MicrophoneFrame): boolean;
  /** The burst of this microphone is over. */
  endBurst(connectionId: string): void;
  /** Its owner switched it on or off. */
  setOpen(connectionId: string, participantId: string, open: boolean): void;
  /** Who is heard from now on; `holder`: who has the floor, where the policy is `floor`. People may be talking. */
  setPolicy(policy: FloorPolicy, holder: string | null): void;
  /** The model says this, PCM16 little-endian mono at 24 kHz: it is played at once, or after what came before. */
  hearModel(pcm: Uint8Array): void;
  /** What the model said and was not heard yet is not played. */
  stopModel(): void;
  /** The connection is gone. */
  remove(connectionId: string): void;
  /** Nothing is mixed any more. */
  dispose(): void;
}

/** Settings of one room's mixer. */
export interface RoomMixerOptions {
  /** Microphones that are mixed at the same time. */
  readonly maxMicrophones: number;
  /** Whether of two microphones that hear the same voice the softer one is left out, and one that hears the model. */
  readonly leaveOutEchoes: boolean;
  /** Hears of every frame of the mix and of who speaks, in order. */
  readonly onEvent: (event: MixEvent) => void;
}

/** Where rooms are mixed: in the thread that serves them, or in another. */
export interface MixerPort {
  /** A mixer for one room, which its room closes. */
  open(options: RoomMixerOptions): RoomMixer;
  /** Ends whatever the port runs on. */
  close(): Promise<void>;
}
