import {
  type EntryActor,
  type MediaAbilities,
  MediaFlag,
  type MediaFrame,
  MediaKind,
  type MediaState,
  type ParticipantRole,
  type PicturePin,
  type RoomClientMessage,
  type RoomServerMessage,
} from '@colloquy/live-protocol';
import { isRoomCoreError } from '../errors.ts';
import { type EncodedEntry, newestWithin, toEntriesMessage, toEntriesMessages } from '../log/encoded-entry.ts';
import { MAX_PAGE_LENGTH } from '../log/recovery.ts';
import type { Refusal } from '../media/floor.ts';
import type { RelayMember } from '../media/media-relay.ts';
import { Receiver, type Watch } from '../media/receiver.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { RoomConnection } from '../room-connection.ts';
import type { RoomIdentity } from '../room-identity.ts';
import type { SearchOptions, SearchPage } from '../room-queries.ts';
import type { ToolMessage } from '../tools/tool-desk.ts';
import { audioRefusal, pictureRefusal } from './media-input.ts';
import type { RequestAnswer, RequestMessage } from './request-desk.ts';
import { TextIntake, type TextRoom } from './text-intake.ts';

/** What a connection asks of its room. */
export interface ConnectionRoom extends TextRoom {
  readonly roomId: string;
  readonly limits: TextRoom['limits'] & { readonly maxPictureBytes: number };
  now(): number;
  /** Highest `seq` that was handed out. */
  top(): number;
  read(from: number, to: number): Promise<readonly EncodedEntry[]>;
  search(options: SearchOptions): Promise<SearchPage>;
  /** Never rejects. */
  answer(connection: LiveConnection, request: RequestMessage): Promise<RequestAnswer>;
  interrupt(): void;
  tool(connection: LiveConnection, message: ToolMessage): void;
  /** @returns why it was not done. */
  floor(participantId: string, message: Extract<RoomClientMessage, { type: 'floor' }>): Refusal | null;
  /** @returns why it was not done. */
  pin(participantId: string, pin: PicturePin | null): Refusal | null;
  /** A person speaks through the tab that opened its microphone last. */
  microphoneOpened(connection: LiveConnection): void;
  setMedia(connection: LiveConnection, media: MediaState): void;
  /** @returns whether the audio will be heard by the model. */
  takeAudio(connection: LiveConnection, frame: MediaFrame): boolean;
  takePicture(connection: LiveConnection, frame: MediaFrame): void;
  watch(connection: LiveConnection, watch: Watch): void;
  /** Whether Opus can be heard here. */
  hearsOpus(): boolean;
  leave(connection: LiveConnection): void;
  drop(connection: LiveConnection): void;
  send(port: ConnectionPort, message: RoomServerMessage, encoded?: string): void;
  close(port: ConnectionPort, code: number, reason: string): void;
}

/** Who and what a connection is. */
export interface LiveConnectionParts {
  readonly room: ConnectionRoom;
  readonly port: ConnectionPort;
  readonly identity: RoomIdentity;
  readonly clientId: string;
  readonly index: number;
  /** `null`: it gets no media of other people. */
  readonly receive?: MediaAbilities | null;
}

/** Most requests of one client that may wait for the store at once. */
const MOST_PENDING = 32;
/** The same complaint is sent once in this time, in milliseconds. */
const COMPLAINT_MS = 5_000;
/** Most entries that one `sync` brings; the client asks again for more. */
const SYNC_ENTRIES = 500;
const NO_MEDIA: MediaState = { microphone: false, camera: false, screen: false };

/** One client in a room: takes its messages apart, keeps it within its limits, and answers it. */
export class LiveConnection implements RoomConnection, RelayMember {
  readonly receiver: Receiver | null;
  readonly #parts: LiveConnectionParts;
  readonly #texts: TextIntake;
  readonly #complainedAt = new Map<string, number>();
  /** Devices that a host turned off, until the client has said so too. */
  readonly #muted = new Map<keyof MediaState, 'was-on' | 'was-off'>();
  #media: MediaState = NO_MEDIA;
  #pending = 0;
  #open = true;

  constructor(parts: LiveConnectionParts) {
    this.#parts = parts;
    const { room, identity, clientId, receive } = parts;
    this.receiver = receive === null ? null : new Receiver(receive);
    this.#texts = new TextIntake({ room, identity, clientId, send: (message) => this.send(message) });
  }

  get roomId(): string {
    return this.#parts.room.roomId;
  }

  get connectionId(): string {
    return this.#parts.port.connectionId;
  }

  get participantId(): string {
    return this.#parts.identity.participantId;
  }

  get clientId(): string {
    return this.#parts.clientId;
  }

  get index(): number {
    return this.#parts.index;
  }

  get port(): ConnectionPort {
    return this.#parts.port;
  }

  receive(message: RoomClientMessage): void {
    if (!this.#open) return;
    switch (message.type) {
      case 'pub':
        this.#texts.receive(message);
        break;
      case 'media':
        this.#setMedia(message.media);
        break;
      case 'watch':
        this.#parts.room.watch(this, message);
        break;
      case 'interrupt':
        if (this.#maySpeak('stop the model')) this.#parts.room.interrupt();
        break;
      case 'floor':
        if (this.#maySpeak('ask for the floor')) this.#tellRefusal(this.#parts.room.floor(this.participantId, message));
        break;
      case 'pin':
        this.#tellRefusal(this.#parts.room.pin(this.participantId, message.pin));
        break;
      case 'request':
        if (this.#hasRoomFor('this', message.id)) this.#track(this.#answer(message));
        break;
      case 'history':
        if (this.#hasRoomFor('history')) this.#track(this.#history(message));
        break;
      case 'search':
        if (this.#hasRoomFor('search')) this.#track(this.#search(message));
        break;
      case 'sync':
        if (this.#hasRoomFor('sync')) this.#track(this.#sync(message.from));
        break;
      case 'tools':
      case 'toolResult':
      case 'toolFailed':
      case 'toolDecision':
        this.#parts.room.tool(this, message);
        break;
      case 'ping':
        this.send({ type: 'pong', t: message.t, serverTime: this.#parts.room.now() });
        break;
      case 'leave':
        this.#parts.room.leave(this);
        this.end(1000, 'left');
        break;
      case 'hello':
        this.#complain('ERR_ROOM_INPUT', 'This connection has said hello already; open another one to join anew.');
        break;
      default:
        message satisfies never;
        this.#complain('ERR_ROOM_INPUT', 'A message of this type is not known here.');
    }
  }

  /** Entries above `truncateAfter` never were. */
  epochTurned(truncateAfter: number): void {
    this.#texts.epochTurned(truncateAfter);
  }

  receiveMedia(frame: MediaFrame): void {
    if (!this.#open || !this.#maySpeak('send media')) return;
    switch (frame.kind) {
      case MediaKind.personAudio:
        if (!this.#muted.has('microphone')) this.#takeAudio(frame);
        break;
      case MediaKind.modelPicture:
      case MediaKind.peoplePicture:
        if (!this.#muted.has(isScreen(frame) ? 'screen' : 'camera')) this.#takePicture(frame);
        break;
      default:
        this.#complain('ERR_ROOM_INPUT', `Media of kind ${frame.kind} comes from the server only.`);
    }
  }

  get media(): MediaState {
    return this.#media;
  }

  /** Turns a device off from this side, and tells the client. What it still sends of it is dropped until it has obeyed. */
  mute(source: keyof MediaState, by: EntryActor): void {
    this.#muted.set(source, this.#media[source] ? 'was-on' : 'was-off');
    if (this.#media[source]) {
      this.#media = this.#withoutMuted(this.#media);
      this.#parts.room.setMedia(this, this.#media);
    }
    this.send({ type: 'muted', source, by });
  }

  /** The person only listens from now on. */
  silence(): void {
    this.#media = NO_MEDIA;
    this.#parts.room.setMedia(this, NO_MEDIA);
  }

  disconnected(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#texts.end();
    this.#parts.room.drop(this);
  }

  /** Ends the connection from this side; `disconnected` does nothing any more. */
  end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#texts.end();
    this.#parts.room.close(this.#parts.port, code, reason);
  }

  /** Says nothing more once the connection has ended: an answer of the store may come later. */
  send(message: RoomServerMessage, encoded?: string): void {
    if (!this.#open) return;
    this.#parts.room.send(this.#parts.port, message, encoded);
  }

  get #role(): ParticipantRole {
    return this.#parts.room.roleOf(this.participantId);
  }

  async #answer(request: RequestMessage): Promise<void> {
    this.send(await this.#parts.room.answer(this, request));
  }

  /** Follows a request to its end, whatever that is. */
  #track(request: Promise<void>): void {
    this.#pending += 1;
    request
      .catch((error: unknown) => this.#parts.room.report(error))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  #setMedia(media: MediaState): void {
    const silent = this.#role === 'viewer';
    if (silent && (media.microphone || media.camera || media.screen)) this.#maySpeak('send media');
    // A device that was on has to go off first; what comes after that is a new decision of the person.
    for (const [source, before] of this.#muted) {
      if (before === 'was-off' || !media[source]) this.#muted.delete(source);
    }
    const wasOpen = this.#media.microphone;
    this.#media = silent ? NO_MEDIA : this.#withoutMuted(media);
    if (this.#media.microphone && !wasOpen) this.#parts.room.microphoneOpened(this);
    this.#parts.room.setMedia(this, this.#media);
  }

  #withoutMuted(media: MediaState): MediaState {
    if (this.#muted.size === 0) return media;
    const on = (source: keyof MediaState) => media[source] && !this.#muted.has(source);
    return { microphone: on('microphone'), camera: on('camera'), screen: on('screen') };
  }

  async #history({ id, before, limit }: Extract<RoomClientMessage, { type: 'history' }>): Promise<void> {
    const { room } = this.#parts;
    const to = Math.min(before - 1, room.top());
    const from = Math.max(1, to - limit + 1);
    try {
      const entries = newestWithin(await room.read(from, to), MAX_PAGE_LENGTH);
      const first = entries[0]?.entry.seq ?? 1;
      this.send({ type: 'history', id, entries: entries.map(({ entry }) => entry), hasOlder: first > 1 });
    } catch (error) {
      this.#readFailed(error);
    }
  }

  async #search({ id, query, before, limit }: Extract<RoomClientMessage, { type: 'search' }>): Promise<void> {
    const { room } = this.#parts;
    try {
      const page = await room.search({ query, limit, ...(before !== undefined && { before }) });
      this.send({ type: 'found', id, ...page });
    } catch (error) {
      const known = isRoomCoreError(error) && error.code === 'ERR_ROOM_INPUT';
      if (!known) room.report(error);
      const problem = known ? error.message : 'The log cannot be searched at this moment; ask again later.';
      this.send({ type: 'found', id, hits: [], before: null, problem });
    }
  }

  async #sync(after: number): Promise<void> {
    const { room } = this.#parts;
    const top = room.top();
    if (after > top) {
      this.#complain('ERR_ROOM_INPUT', `There is nothing after ${after} yet; the log ends at ${top}.`);
      return;
    }
    try {
      const entries = await room.read(after + 1, Math.min(top, after + SYNC_ENTRIES));
      const messages = entries.length > 0 ? toEntriesMessages(entries) : [toEntriesMessage([])];
      for (const { message, encoded } of messages) this.send(message, encoded);
    } catch (error) {
      this.#readFailed(error);
    }
  }

  #readFailed(error: unknown): void {
    this.#parts.room.report(error);
    this.#complain('ERR_STORE_UNAVAILABLE', 'The log cannot be read at this moment; ask again later.');
  }

  #takeAudio(frame: MediaFrame): void {
    const { room } = this.#parts;
    const refusal = audioRefusal(frame, room.hearsOpus());
    if (refusal !== null) this.#complain('ERR_ROOM_INPUT', refusal);
    else if (!room.takeAudio(this, frame)) {
      this.#complain('ERR_ROOM_FULL', 'Too many microphones speak at once: the model does not hear yours now.');
    }
  }

  #takePicture(frame: MediaFrame): void {
    const { room } = this.#parts;
    const refusal = pictureRefusal(frame, room.limits.maxPictureBytes);
    if (refusal === null) room.takePicture(this, frame);
    else this.#complain('ERR_ROOM_INPUT', refusal);
  }

  #tellRefusal(refusal: Refusal | null): void {
    if (refusal) this.send({ type: 'error', ...refusal });
  }

  #maySpeak(what: string): boolean {
    if (this.#role !== 'viewer') return true;
    this.#complain('ERR_NOT_ALLOWED', `Viewers cannot ${what}.`);
    return false;
  }

  #hasRoomFor(what: string, requestId: string | null = null): boolean {
    if (this.#pending < MOST_PENDING) return true;
    const code = 'ERR_TOO_FAST';
    const message = `Too many requests wait already; ask for ${what} again when they are answered.`;
    if (requestId === null) this.#complain(code, message);
    else this.send({ type: 'refused', id: requestId, code, message, retryable: true });
    return false;
  }

  /** Tells the client what was refused; a complaint that repeats with every frame is told once in a while. */
  #complain(code: string, message: string): void {
    const now = this.#parts.room.monotonic();
    const before = this.#complainedAt.get(message);
    if (before !== undefined && now - before < COMPLAINT_MS) return;
    if (this.#complainedAt.size > 100) this.#complainedAt.clear();
    this.#complainedAt.set(message, now);
    this.send({ type: 'error', code, message });
  }
}

function isScreen({ flags }: MediaFrame): boolean {
  return (flags & MediaFlag.screen) !== 0;
}
