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
import { useMemo } from 'react';
import type { ConnectionSnapshot } from '../connection/connection-snapshot.ts';
import type { MediaSnapshot } from '../media-kit.ts';
import type { ParticipantVideos, RoomSnapshot } from '../room/room-snapshot.ts';
import type { ToolApprovalRequest } from '../room/room-tools.ts';
import type { TimelineItem } from '../room/timeline-item.ts';
import { useRoomClient } from './room-context.ts';
import { useSlice } from './use-slice.ts';

/** The room as a whole: connection, description, and who this participant is. */
export interface RoomView {
  readonly connection: ConnectionSnapshot;
  readonly room: RoomInfo | null;
  readonly self: RoomSnapshot['self'];
}

/** Connection, description and own identity. */
export function useRoom(): RoomView {
  const client = useRoomClient();
  const connection = useSlice(client, (snapshot) => snapshot.connection);
  const room = useSlice(client, (snapshot) => snapshot.room);
  const self = useSlice(client, (snapshot) => snapshot.self);
  return useMemo(() => ({ connection, room, self }), [connection, room, self]);
}

/** Everybody in the room, in the order of their arrival. */
export function useParticipants(): readonly Participant[] {
  return useSlice(useRoomClient(), (snapshot) => snapshot.participants);
}

/** The conversation with what is needed to page back in it. */
export interface TimelineView {
  readonly timeline: readonly TimelineItem[];
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
}

/** Chat, transcript and notices, oldest first. */
export function useTimeline(): TimelineView {
  const client = useRoomClient();
  const timeline = useSlice(client, (snapshot) => snapshot.timeline);
  const hasOlder = useSlice(client, (snapshot) => snapshot.hasOlder);
  const loadingOlder = useSlice(client, (snapshot) => snapshot.loadingOlder);
  return useMemo(() => ({ timeline, hasOlder, loadingOlder }), [timeline, hasOlder, loadingOlder]);
}

/** What the model is doing. */
export function useModelState(): ModelState {
  return useSlice(useRoomClient(), (snapshot) => snapshot.model);
}

/** Whose microphone reaches the model, seen from this participant. */
export interface FloorView extends FloorState {
  /** Whether it is one's own. */
  readonly isMine: boolean;
  /** One's own place among those who wait, from 1; `null` when one's hand is down. */
  readonly position: number | null;
}

/** The floor, and one's own place in its queue. */
export function useFloor(): FloorView {
  const client = useRoomClient();
  const floor = useSlice(client, (snapshot) => snapshot.floor);
  const self = useSlice(client, (snapshot) => snapshot.self?.participantId ?? null);
  return useMemo(() => {
    const at = self === null ? -1 : floor.queue.indexOf(self);
    return { ...floor, isMine: self !== null && floor.holder === self, position: at < 0 ? null : at + 1 };
  }, [floor, self]);
}

/** State of this participant's devices. */
export function useMedia(): MediaSnapshot {
  const client = useRoomClient();
  const microphone = useSlice(client, (snapshot) => snapshot.microphone);
  const camera = useSlice(client, (snapshot) => snapshot.camera);
  const screen = useSlice(client, (snapshot) => snapshot.screen);
  const canPlay = useSlice(client, (snapshot) => snapshot.canPlay);
  return useMemo(() => ({ microphone, camera, screen, canPlay }), [microphone, camera, screen, canPlay]);
}

/** Cameras and screens that are shown here, by participant id. */
export function useVideos(): ReadonlyMap<string, ParticipantVideos> {
  return useSlice(useRoomClient(), (snapshot) => snapshot.videos);
}

/** What the room has used of its model; `null` before the first turn. */
export function useRoomUsage(): RoomUsage | null {
  return useSlice(useRoomClient(), (snapshot) => snapshot.usage);
}

/** Calls that wait for somebody here to allow them, oldest first; decide with `decideTool()` of the client. */
export function useToolApprovals(): readonly ToolApprovalRequest[] {
  return useSlice(useRoomClient(), (snapshot) => snapshot.toolApprovals);
}

/** Whether everybody is recorded, and since when: show it as long as it is so. */
export function useRecording(): RecordingState {
  return useSlice(useRoomClient(), (snapshot) => snapshot.recording);
}

/** The picture that the model sees before others, if a host chose one. */
export function usePicturePin(): PicturePin | null {
  return useSlice(useRoomClient(), (snapshot) => snapshot.pin);
}

/** What the model session is set up with, for showing it; `null` before the room was joined. */
export function useEffectiveSetup(): EffectiveSetup | null {
  return useSlice(useRoomClient(), (snapshot) => snapshot.effectiveSetup);
}

/** Who waits to be let in, as hosts see it, and one's own place while one waits. */
export interface WaitingRoomView {
  readonly waiting: readonly WaitingPerson[];
  /** 1 for the next; `null` while one does not wait. */
  readonly position: number | null;
}

/** The waiting room, from both sides; hosts decide with `host.admit()` and `host.refuse()` of the client. */
export function useWaitingRoom(): WaitingRoomView {
  const client = useRoomClient();
  const waiting = useSlice(client, (snapshot) => snapshot.waiting);
  const position = useSlice(client, (snapshot) => snapshot.waitingPosition);
  return useMemo(() => ({ waiting, position }), [waiting, position]);
}
