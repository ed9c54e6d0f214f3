import type { LogEntry } from '@colloquy/live-protocol';
import { emptyLiveSnapshot, type LiveSnapshot } from '../src/gemini/live-snapshot.ts';
import type { GeminiLiveAPI } from '../src/gemini-live-api.ts';
import { mediaSnapshot } from '../src/media-kit.ts';
import {
  useAppEntries,
  useAudioLevel,
  useClientTool,
  useDevices,
  useEffectiveSetup,
  useEventLog,
  useFloor,
  useLive,
  useLiveClient,
  useMedia,
  useMicrophoneLevel,
  useModelState,
  useParticipants,
  useParticipantVideo,
  usePicturePin,
  useRecording,
  useRoom,
  useRoomClient,
  useRoomEvent,
  useRoomUsage,
  useSpokenSpans,
  useTimeline,
  useToolApprovals,
  useTranscript,
  useVideos,
  useWaitingRoom,
} from '../src/react/index.ts';
import type { RoomClient } from '../src/room/room-client.ts';
import { emptyRoomSnapshot, type ParticipantVideo, type RoomSnapshot } from '../src/room/room-snapshot.ts';
import { Store } from '../src/store.ts';
import { FakeMedia } from '../src/testing/fake-media.ts';
import { ANA, entry, ROOM } from './room-fixtures.ts';

type Undo = () => void;

/** What components hold at a moment: every subscription, registration, listener and frame that was not undone. */
export class Holdings {
  #held = 0;

  get count(): number {
    return this.#held;
  }

  hold(undo: Undo = () => {}): Undo {
    let isHeld = true;
    this.#held += 1;
    return () => {
      if (isHeld) this.#held -= 1;
      isHeld = false;
      undo();
    };
  }
}

/** What hooks use of both clients; whatever it gives out is counted. */
class CountedClient<Snapshot extends object> {
  readonly microphone: { level: number } = { level: 0 };
  level = 0;
  protected readonly holdings: Holdings;
  readonly #store: Store<Snapshot>;

  constructor(holdings: Holdings, snapshot: Snapshot) {
    this.holdings = holdings;
    this.#store = new Store(snapshot);
  }

  audioLevel = (): number => this.level;
  getSnapshot = (): Snapshot => this.#store.snapshot;
  subscribe = (listener: Undo): Undo => this.holdings.hold(this.#store.subscribe(listener));
  registerTool = (): Undo => this.holdings.hold();

  change(change: Partial<Snapshot>): void {
    this.#store.update(change);
  }
}

/** What hooks use of a room's client. */
export class CountedRoom extends CountedClient<RoomSnapshot> {
  readonly #appEntries = new Store<{ entries: readonly LogEntry[]; isComplete: boolean }>({
    entries: [],
    isComplete: true,
  });
  readonly #listeners = new Map<string, Set<(event: object) => void>>();

  constructor(holdings: Holdings) {
    super(holdings, { ...emptyRoomSnapshot(mediaSnapshot(new FakeMedia().factory())), room: ROOM });
  }

  get client(): RoomClient {
    return this as unknown as RoomClient;
  }

  media = (): { readonly watch: () => Undo } => ({ watch: () => this.holdings.hold() });
  appLog = (): unknown => this.#appLog;
  readonly #appLog = {
    getSnapshot: () => this.#appEntries.snapshot,
    subscribe: (listener: Undo) => this.holdings.hold(this.#appEntries.subscribe(listener)),
  };

  on = (type: string, listener: (event: object) => void): Undo => {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return this.holdings.hold(() => listeners.delete(listener));
  };

  publish(one: LogEntry): void {
    this.#appEntries.update({ entries: [...this.#appEntries.snapshot.entries, one] });
  }

  emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

/** What hooks use of a conversation's client. */
export class CountedConversation extends CountedClient<LiveSnapshot> {
  constructor(holdings: Holdings) {
    super(holdings, emptyLiveSnapshot(mediaSnapshot(new FakeMedia().factory())));
  }

  get client(): GeminiLiveAPI {
    return this as unknown as GeminiLiveAPI;
  }
}

/** Everything that a hook may look at. */
export interface HookScene {
  readonly room: CountedRoom;
  readonly conversation: CountedConversation;
  /** The browser shows another frame. */
  readonly frame: () => void;
  /** A device comes or goes. */
  readonly devicesChanged: () => void;
}

/** A hook, and what it lives through. */
export interface HookCase {
  readonly name: string;
  readonly under: 'room' | 'conversation';
  readonly use: () => unknown;
  /** Makes it give something else; without it the hook has nothing that changes. */
  readonly change?: (scene: HookScene) => void;
  /** How much it holds while its component is there. */
  readonly holds: number;
}

const SPEAKING = [{ ...ANA, speaking: true }];
const item = { id: 'x', kind: 'text', text: 'Hello' };
const VIDEO: ParticipantVideo = {
  source: 'camera',
  stream: {} as MediaStream,
  width: 4,
  height: 3,
  drawTo: () => () => {},
};

const ofRoom = (name: string, use: () => unknown, change: Partial<RoomSnapshot>, holds = 1): HookCase => ({
  ...{ name, use, holds, under: 'room' },
  change: ({ room }) => room.change(change),
});

/** Every hook of `live-client/react`. */
export const HOOK_CASES: readonly HookCase[] = [
  { name: 'useRoomClient', under: 'room', use: useRoomClient, holds: 0 },
  ofRoom('useRoom', useRoom, { room: { ...ROOM, name: 'Another' } }, 3),
  ofRoom('useParticipants', useParticipants, { participants: [ANA] }),
  ofRoom('useTimeline', useTimeline, { timeline: [item] as unknown as RoomSnapshot['timeline'] }, 3),
  ofRoom('useModelState', useModelState, { model: { status: 'thinking', turn: 1 } }),
  ofRoom('useFloor', useFloor, { floor: { policy: 'floor', mode: 'queue', holder: 'ana', queue: [] } }, 2),
  ofRoom('useMedia', useMedia, { canPlay: true }, 4),
  ofRoom('useVideos', useVideos, { videos: new Map([['ben', { camera: VIDEO, screen: null }]]) }),
  ofRoom('useRoomUsage', useRoomUsage, { usage: {} as RoomSnapshot['usage'] }),
  ofRoom('useToolApprovals', useToolApprovals, { toolApprovals: [] }),
  ofRoom('useRecording', useRecording, { recording: { active: true, recordingId: 'r', by: null, since: 1 } }),
  ofRoom('usePicturePin', usePicturePin, { pin: { participantId: 'ana', source: 'screen' } }),
  ofRoom('useEffectiveSetup', useEffectiveSetup, { effectiveSetup: {} as RoomSnapshot['effectiveSetup'] }),
  ofRoom('useWaitingRoom', useWaitingRoom, { waitingPosition: 2 }, 2),
  ofRoom('useSpokenSpans', useSpokenSpans, {
    connection: { ...emptyLiveSnapshot(mediaSnapshot(new FakeMedia().factory())).connection, status: 'open' },
    participants: SPEAKING,
  }),
  {
    ...{ name: 'useParticipantVideo', under: 'room', holds: 2 },
    use: () => useParticipantVideo('ben', 'camera'),
    change: ({ room }) => room.change({ videos: new Map([['ben', { camera: VIDEO, screen: null }]]) }),
  },
  {
    ...{ name: 'useAppEntries', under: 'room', holds: 1 },
    use: () => useAppEntries('board'),
    change: ({ room }) => room.publish(entry(1)),
  },
  {
    ...{ name: 'useEventLog', under: 'room', holds: 5 },
    use: useEventLog,
    change: ({ room }) => room.emit('entryAdded', { entry: entry(1) }),
  },
  {
    ...{ name: 'useRoomEvent', under: 'room', holds: 1 },
    use: () => useRoomEvent('notice', () => {}),
  },
  {
    ...{ name: 'useClientTool in a room', under: 'room', holds: 1 },
    use: () => useClientTool({ name: 'lamp', run: () => ({}) }),
  },
  {
    ...{ name: 'useAudioLevel in a room', under: 'room', holds: 1 },
    use: () => useAudioLevel('ana'),
    change: ({ room, frame }) => {
      room.level = 0.5;
      frame();
    },
  },
  {
    ...{ name: 'useMicrophoneLevel', under: 'room', holds: 1 },
    use: useMicrophoneLevel,
    change: ({ room, frame }) => {
      room.microphone.level = 0.5;
      frame();
    },
  },
  {
    ...{ name: 'useDevices', under: 'room', holds: 2 },
    use: useDevices,
    change: ({ devicesChanged }) => devicesChanged(),
  },
  { name: 'useLiveClient', under: 'conversation', use: useLiveClient, holds: 0 },
  {
    ...{ name: 'useLive', under: 'conversation', holds: 1 },
    use: useLive,
    change: ({ conversation }) => conversation.change({ model: 'speaking' }),
  },
  {
    ...{ name: 'useTranscript', under: 'conversation', holds: 1 },
    use: useTranscript,
    change: ({ conversation }) => conversation.change({ transcript: [] }),
  },
  {
    ...{ name: 'useClientTool in a conversation', under: 'conversation', holds: 1 },
    use: () => useClientTool({ name: 'lamp', description: 'The lamp.', run: () => ({}) }),
  },
  {
    ...{ name: 'useAudioLevel in a conversation', under: 'conversation', holds: 1 },
    use: () => useAudioLevel('model'),
    change: ({ conversation, frame }) => {
      conversation.level = 0.5;
      frame();
    },
  },
];
