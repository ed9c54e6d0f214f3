import type {
  LogEntry,
  MediaAbilities,
  RoomClientMessage,
  RoomInfo,
  RoomLimits,
  RoomServerMessage,
} from '@colloquy/live-protocol';
import { ROOM_WIRE_VERSION } from '@colloquy/live-protocol';
import type { ConnectionSnapshot } from '../connection/connection-snapshot.ts';
import type { Emitter } from '../emitter.ts';
import { LiveClientError } from '../errors.ts';
import type { Store } from '../store.ts';
import { GrowingMessages } from './growing-messages.ts';
import { LogWindow } from './log-window.ts';
import { Outbox } from './outbox.ts';
import { Presence } from './presence.ts';
import type { RoomEvents } from './room-events.ts';
import type { RoomSnapshot } from './room-snapshot.ts';
import { buildTimeline, entryItem, type TimelineViewer } from './timeline.ts';
import type { TimelineItem } from './timeline-item.ts';

type Message<Type extends RoomServerMessage['type']> = Extract<RoomServerMessage, { readonly type: Type }>;

/** What the state of a room needs of its surroundings. */
export interface RoomStatePort {
  readonly store: Store<RoomSnapshot>;
  readonly events: Emitter<RoomEvents>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly send: (message: RoomClientMessage) => void;
  /** The server's picture of the room and ours differ: connect again. */
  readonly resynchronise: (error: LiveClientError) => void;
  /** A text was refused for now: call {@link RoomState.sendWaiting} in a while. */
  readonly resendLater: () => void;
  /** The client id is of no use any more: {@link Outbox.identify} with a new one, and connect again. */
  readonly identityLost: () => void;
}

/** What is known of a room: turns messages of the server into snapshots, events and answers. Has no socket and no timer. */
export class RoomState {
  readonly #port: RoomStatePort;
  readonly #window: LogWindow;
  readonly #growing = new GrowingMessages();
  readonly #presence = new Presence();
  readonly outbox: Outbox = new Outbox();
  #entryItems: readonly TimelineItem[] = [];
  #itemOf = new WeakMap<LogEntry, TimelineItem | { readonly kind: null }>();
  #viewer: TimelineViewer | null = null;
  #limits: RoomLimits | null = null;
  #topAtWelcome = 0;
  /** `null` before the first `welcome`. */
  #epoch: number | null = null;
  #syncAsked = false;

  constructor(port: RoomStatePort, options: { readonly maxTimelineItems: number }) {
    this.#port = port;
    this.#window = new LogWindow(options.maxTimelineItems);
  }

  get presence(): Presence {
    return this.#presence;
  }

  /** `null` before the first `welcome`. */
  get limits(): RoomLimits | null {
    return this.#limits;
  }

  /** Number of the oldest entry held; `null` when there is none. */
  get firstSeq(): number | null {
    return this.#window.first;
  }

  /** Number of the newest entry applied; 0 for none. */
  get #lastSeq(): number {
    return this.#window.position?.seq ?? 0;
  }

  /** Whether anybody else is in the room who sees and hears; the model does not count. */
  get hasCompany(): boolean {
    const { self, participants } = this.#port.store.snapshot;
    return participants.some(({ index }) => index !== 0 && index !== self?.index);
  }

  /** The first message of a connection, of a client that can decode this. */
  hello(receive: MediaAbilities | null): Extract<RoomClientMessage, { type: 'hello' }> {
    const resume = this.#window.position;
    const hello = { type: 'hello', v: ROOM_WIRE_VERSION, clientId: this.outbox.clientId ?? '' } as const;
    return { ...hello, ...(resume && { resume }), ...(receive && { receive }) };
  }

  connectionChanged(connection: ConnectionSnapshot): void {
    const { error: known } = this.#port.store.snapshot.connection;
    // While one waits nothing changes: whatever did ends the wait.
    const doors = { waitingPosition: null, ...(connection.status !== 'open' && { waiting: [] }) };
    this.#port.store.update({ connection, ...doors });
    this.#port.events.emit('stateChanged', { connection });
    if (connection.error && connection.error !== known) this.#port.events.emit('error', { error: connection.error });
  }

  welcome(message: Message<'welcome'>): void {
    const { effective = null, room, self, participants, model, floor, pin, epoch, top, truncateAfter } = message;
    this.#resendWhatMayBeLost(epoch, truncateAfter);
    if (message.recovered) this.#window.resume({ epoch, truncateAfter });
    else this.#window.reset({ epoch, top, hasOlder: message.hasOlder });
    this.#limits = message.limits;
    this.#topAtWelcome = top;
    this.#syncAsked = false;
    this.#presence.replace(participants, message.presenceVersion);
    this.#growing.replace(message.inflight, this.#port.now());
    const { participantId, index } = self;
    this.#see({ participantId, name: this.#presence.find(participantId)?.name ?? '' });
    this.outbox.reconnected();
    const described = {
      room,
      effectiveSetup: effective,
      self: { participantId, index },
      participants,
      model,
      floor,
      pin,
    };
    this.#port.store.update({ ...described, ...this.#logPatch() });
    this.#port.events.emit('joined', { room, self: { participantId, index } });
    this.#port.events.emit('participantsChanged', { participants });
    this.#port.events.emit('modelChanged', { model });
    this.#port.store.update({ recording: message.recording });
    if (message.recording.active) this.#port.events.emit('recordingChanged', { recording: message.recording });
    this.sendWaiting();
  }

  /** Takes any message but those of the connection and of captured media. */
  receive(message: RoomServerMessage): void {
    switch (message.type) {
      case 'entries':
        this.#entries(message.entries);
        return;
      case 'history':
        this.#window.prepend(message.entries, message.hasOlder);
        this.#logChanged();
        return;
      case 'ack':
        this.outbox.stored(message.cid, message.seq ?? 0);
        this.#outboxChanged();
        return;
      case 'nack':
        this.#nack(message);
        return;
      case 'presence':
        this.#presenceChanged(message);
        return;
      case 'delta':
        this.#growing.applyDelta(message, this.#port.now());
        this.#timelineChanged();
        return;
      case 'model':
        this.#port.store.update({ model: message.model });
        this.#port.events.emit('modelChanged', { model: message.model });
        return;
      case 'floor':
        this.#port.store.update({ floor: message.floor });
        this.#port.events.emit('floorChanged', { floor: message.floor });
        return;
      case 'pin':
        this.#port.store.update({ pin: message.pin });
        return;
      case 'doors':
        this.#doorsChanged(message);
        return;
      case 'waiting':
        this.#port.store.update({ waitingPosition: message.position });
        this.#port.events.emit('waitingToEnter', { position: message.position });
        return;
      case 'waitingList':
        this.#port.store.update({ waiting: message.people });
        this.#port.events.emit('waitingChanged', { waiting: message.people });
        return;
      case 'settings':
        this.#configured(message);
        return;
      case 'interrupted':
        this.#port.events.emit('audioInterrupted', { turn: message.turn });
        return;
      case 'error':
        this.#tellRefusal(message.message, message.code);
        return;
      case 'recording':
        this.#port.store.update({ recording: message.recording });
        this.#port.events.emit('recordingChanged', { recording: message.recording });
        return;
      case 'usage':
        this.#port.store.update({ usage: message.usage });
        return;
      case 'notice':
        this.#port.events.emit('notice', { code: message.code, message: message.message });
        return;
      case 'epoch':
        this.#epochChanged(message);
        return;
      case 'welcome':
      case 'muted':
      case 'done':
      case 'refused':
      case 'found':
      case 'pong':
      case 'goaway':
      case 'codecs':
      case 'keyFrame':
      case 'toolCall':
      case 'toolCancelled':
      case 'toolApproval':
      case 'toolDecided':
        return;
    }
    message satisfies never;
  }

  /** Puts a text into the outbox and sends what can be sent. */
  addText(text: string, toModel: boolean): void {
    this.outbox.add(text, toModel, this.#port.now());
    this.#timelineChanged();
  }

  /** Sends the next waiting text, if none is under way. */
  sendWaiting(): void {
    const message = this.outbox.toSend();
    if (message) this.#port.send(message);
  }

  /** A quiet moment: asks once more for entries of a hole that nobody filled. */
  askForGap(): void {
    this.#syncAsked = false;
    this.#syncIfGap();
  }

  /** In a new epoch, what was acknowledged is certain only as far as it was seen and not truncated. */
  #resendWhatMayBeLost(epoch: number, truncateAfter = Number.POSITIVE_INFINITY): void {
    if (this.#epoch !== null && epoch > this.#epoch) {
      this.outbox.truncated(Math.min(this.#lastSeq, truncateAfter));
    }
    this.#epoch = epoch;
  }

  /** Entries that were shown are taken back; our own among them go out again. */
  #epochChanged({ epoch, truncateAfter }: Message<'epoch'>): void {
    this.#resendWhatMayBeLost(epoch, truncateAfter);
    this.#window.resume({ epoch, truncateAfter });
    this.#syncAsked = false;
    this.#logChanged();
    this.sendWaiting();
  }

  #entries(entries: readonly LogEntry[]): void {
    const applied = this.#window.apply(entries);
    if (applied.length > 0) this.#syncAsked = false;
    this.#syncIfGap();
    if (applied.length === 0) return;
    for (const entry of applied) {
      if (entry.cid !== undefined) this.outbox.stored(entry.cid, entry.seq);
    }
    this.#growing.settle(applied);
    this.#roomMayHaveClosed(applied);
    this.#logChanged();
    for (const entry of applied) {
      this.#port.events.emit('entryAdded', { entry, isNew: entry.seq > this.#topAtWelcome });
    }
    this.sendWaiting();
  }

  #syncIfGap(): void {
    const from = this.#window.position?.seq;
    if (!this.#window.hasGap || this.#syncAsked || from === undefined) return;
    this.#syncAsked = true;
    this.#port.send({ type: 'sync', from });
  }

  #nack(message: Message<'nack'>): void {
    const { refused } = this.outbox;
    switch (this.outbox.refuse(message.cid, message, this.#lastSeq)) {
      case 'resend-later':
        this.#port.resendLater();
        return;
      case 'identity-lost':
        this.#port.identityLost();
        return;
      case 'go-on':
        this.#outboxChanged();
        if (this.outbox.refused !== refused) this.#tellRefusal(message.message, message.code);
        return;
      case 'none':
        return;
    }
  }

  #presenceChanged(message: Message<'presence'>): void {
    if (!this.#presence.apply(message)) {
      const error = new LiveClientError('ERR_CONNECTION_LOST', 'A change of who is here was lost.', {
        retryable: true,
      });
      this.#port.resynchronise(error);
      return;
    }
    const { participants } = this.#presence;
    const self = this.#viewer && this.#presence.find(this.#viewer.participantId);
    if (self) this.#see({ participantId: self.participantId, name: self.name });
    this.#port.store.update({ participants });
    this.#port.events.emit('participantsChanged', { participants });
  }

  #configured({ version, configuration, effective, by }: Message<'settings'>): void {
    const { room } = this.#port.store.snapshot;
    if (!room || version <= room.configurationVersion) return;
    this.#port.store.update({
      room: { ...room, configuration, configurationVersion: version },
      effectiveSetup: effective,
    });
    this.#port.events.emit('configurationChanged', { configuration, version, by });
  }

  #doorsChanged({ locked, waitingRoom }: Message<'doors'>): void {
    const { room } = this.#port.store.snapshot;
    if (room) this.#port.store.update({ room: { ...room, locked, waitingRoom } });
  }

  #roomMayHaveClosed(entries: readonly LogEntry[]): void {
    // Of a room that was reopened the end counts no more.
    const last = entries.findLast(({ kind }) => kind === 'room.closed' || kind === 'room.reopened');
    const { room } = this.#port.store.snapshot;
    if (!last || !room || last.seq <= this.#topAtWelcome) return;
    const isClosed = last.kind === 'room.closed';
    const changed: RoomInfo = { ...room, status: isClosed ? 'closed' : 'open', closedAt: isClosed ? last.ts : null };
    this.#port.store.update({ room: changed });
  }

  #tellRefusal(message: string, code: string): void {
    const error = new LiveClientError('ERR_MESSAGE_REFUSED', `The server refused a message (${code}): ${message}`, {
      reason: message,
    });
    this.#port.events.emit('error', { error });
  }

  /** Items say whether they are one's own, so all are made anew when the viewer is another. */
  #see(viewer: TimelineViewer): void {
    if (this.#viewer?.participantId !== viewer.participantId) this.#itemOf = new WeakMap();
    this.#viewer = viewer;
  }

  #outboxChanged(): void {
    this.#timelineChanged();
    this.sendWaiting();
  }

  #logChanged(): void {
    this.#port.store.update(this.#logPatch());
  }

  #logPatch(): Pick<RoomSnapshot, 'timeline' | 'hasOlder'> {
    this.#entryItems = this.#window.entries.flatMap((entry) => {
      const item = this.#toItem(entry);
      return item.kind === null ? [] : [item];
    });
    return { timeline: this.#timeline(), hasOlder: this.#window.hasOlder };
  }

  #timelineChanged(): void {
    this.#port.store.update({ timeline: this.#timeline() });
  }

  #timeline(): readonly TimelineItem[] {
    return buildTimeline({
      entries: this.#entryItems,
      growing: this.#growing.all,
      refused: this.outbox.refused,
      sending: [...this.outbox.storedAfter(this.#lastSeq), ...this.outbox.waiting],
      viewer: this.#viewer,
    });
  }

  #toItem(entry: LogEntry): TimelineItem | { readonly kind: null } {
    const known = this.#itemOf.get(entry);
    if (known) return known;
    const item = entryItem(entry, this.#viewer, this.outbox.idOf(entry)) ?? { kind: null };
    this.#itemOf.set(entry, item);
    return item;
  }
}
