import type {
  EffectiveSetup,
  FloorState,
  ModelState,
  Participant,
  PicturePin,
  RecordingState,
  RoomInfo,
  RoomUsage,
  WaitingPerson,
} from '@colloquy/live-protocol';
import { type ConnectionSnapshot, IDLE_CONNECTION } from '../connection/connection-snapshot.ts';
import type { MediaSnapshot } from '../media-kit.ts';
import type { ToolApprovalRequest } from './room-tools.ts';
import type { TimelineItem } from './timeline-item.ts';

/** A camera or a shared screen of somebody, as it is shown here; replaced when its size changes. */
export interface ParticipantVideo {
  readonly source: 'camera' | 'screen';
  /** For the `srcObject` of video elements, any number of them. Ends with the device, or when the person leaves. */
  readonly stream: MediaStream;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Paints every picture on a canvas, which takes its size, until the returned function is called. */
  readonly drawTo: (canvas: HTMLCanvasElement) => () => void;
}

/** What a participant shows; `null` where nothing has come, or the device is off. */
export interface ParticipantVideos {
  readonly camera: ParticipantVideo | null;
  readonly screen: ParticipantVideo | null;
}

/** Everything a user interface shows of a room. Replaced, never changed; parts that did not change keep their identity. */
export interface RoomSnapshot extends MediaSnapshot {
  readonly connection: ConnectionSnapshot;
  /** `null` before the first `welcome`. */
  readonly room: RoomInfo | null;
  /** What the model session is set up with, for showing it; its form depends on the model's service. */
  readonly effectiveSetup: EffectiveSetup | null;
  readonly self: { readonly participantId: string; readonly index: number } | null;
  /** Everybody in the room, in the order of their arrival; the model only if the server lists it. */
  readonly participants: readonly Participant[];
  /**
   * One's own place in the waiting room, 1 for the next; a host is asked, and `connect()` resolves when they admit. `null`
   * for whoever does not wait.
   */
  readonly waitingPosition: number | null;
  /** Hosts: who waits, the longest first: see `host.admit()` and `host.refuse()`. Empty for everybody else. */
  readonly waiting: readonly WaitingPerson[];
  readonly model: ModelState;
  /** Whether everybody is recorded: show it as long as it is `active`. */
  readonly recording: RecordingState;
  /** Whose microphone reaches the model, and who waits for it. */
  readonly floor: FloorState;
  /** The picture that the model sees before others, if a host chose one. */
  readonly pin: PicturePin | null;
  /** What the room has used of its model, and how much of its budget is left; `null` before the first turn. */
  readonly usage: RoomUsage | null;
  /** Calls of tools that somebody here may allow or refuse, oldest first: see `decideTool()`. */
  readonly toolApprovals: readonly ToolApprovalRequest[];
  /** Oldest first: log entries, then what is being said, then what waits to be sent. */
  readonly timeline: readonly TimelineItem[];
  /** Whether `loadOlder()` has something to load. */
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  /** By participant id; somebody who shows nothing is not in it. */
  readonly videos: ReadonlyMap<string, ParticipantVideos>;
}

const NO_RECORDING: RecordingState = { active: false, recordingId: null, by: null, since: null };
const NO_MODEL: ModelState = { status: 'off', turn: 0 };
const NO_FLOOR: FloorState = { policy: 'mix', mode: 'open', holder: null, queue: [] };

/** A room that was not joined yet. */
export function emptyRoomSnapshot(media: MediaSnapshot): RoomSnapshot {
  return {
    ...media,
    connection: IDLE_CONNECTION,
    room: null,
    effectiveSetup: null,
    self: null,
    participants: [],
    waitingPosition: null,
    waiting: [],
    model: NO_MODEL,
    recording: NO_RECORDING,
    floor: NO_FLOOR,
    pin: null,
    usage: null,
    toolApprovals: [],
    timeline: [],
    hasOlder: false,
    loadingOlder: false,
    videos: new Map(),
  };
}
