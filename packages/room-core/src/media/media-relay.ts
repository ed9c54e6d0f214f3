import { MediaCodec, MediaFlag, type MediaFrame, MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { PictureSource, Receiver, Watch } from './receiver.ts';

/** A connection that people's media may go to. */
export interface RelayMember {
  readonly connectionId: string;
  readonly participantId: string;
  readonly port: ConnectionPort;
  /** `null`: it takes nothing of other people. */
  readonly receiver: Receiver | null;
}

/** Whose media it is. */
export interface RelaySource {
  readonly connectionId: string;
  readonly participantId: string;
  readonly index: number;
}

/** What a {@link MediaRelay} is made of. */
export interface MediaRelayOptions {
  readonly clock: Clock;
  readonly members: () => Iterable<RelayMember>;
  /** Asks a sender for a whole picture. */
  readonly askForKeyFrame: (connectionId: string, source: PictureSource) => void;
  readonly onError: (error: unknown) => void;
}

/** A camera or a screen that is being sent. */
interface Stream {
  readonly source: PictureSource;
  readonly participantId: string;
  readonly connectionId: string;
  /** `null` while people are shown the pictures for the model. */
  peopleAt: number | null;
  lastAt: number;
  askedAt: number;
}

/** What others may see of the flags that a client sets. */
const RELAYED_FLAGS = MediaFlag.voice | MediaFlag.endOfBurst | MediaFlag.muted | MediaFlag.screen;
/** A sender is asked for key frames this often at most, milliseconds… */
const KEY_FRAME_PAUSE_MS = 500;
/** …and this often for those who could not keep up: key frames are large, and everybody gets them. */
const LOST_PAUSE_MS = 2_000;
/** Another tab of the same person takes over when the first one has shown nothing for so long, milliseconds. */
const TAKE_OVER_MS = 1_000;
/** Pictures for the model are shown to people when none for people came within this time, milliseconds. */
const PEOPLE_PICTURE_MS = 6_000;
/** A stream that has shown nothing for so long is not asked for a key frame when somebody joins, milliseconds. */
const STREAM_IDLE_MS = 15_000;

/**
 * Brings what one person says and shows to the others: never to any tab of that person, never in a codec that the
 * receiver does not know, pictures only where they are shown, and video only in an order that can be decoded.
 */
export class MediaRelay {
  readonly #options: MediaRelayOptions;
  /** By participant and source: one of a person's tabs is seen. */
  readonly #streams = new Map<string, Stream>();

  constructor(options: MediaRelayOptions) {
    this.#options = options;
  }

  /** Sends audio on, or with `payload` empty just the flags. */
  audio(source: RelaySource, frame: MediaFrame): void {
    const bytes = serialize(source, frame, frame.flags & RELAYED_FLAGS);
    for (const { participantId, port, receiver } of this.#options.members()) {
      if (receiver === null || participantId === source.participantId) continue;
      if (receiver.decodes(frame.codec) || frame.payload.byteLength === 0) this.#send(port, bytes);
    }
  }

  picture(from: RelaySource, frame: MediaFrame): void {
    const source: PictureSource = frame.flags & MediaFlag.screen ? 'screen' : 'camera';
    const key = `${source} ${from.participantId}`;
    const stream = this.#stream(key, source, from);
    if (!stream || !this.#isForPeople(stream, frame.kind)) return;
    const isKey = isKeyFrame(frame);
    const isVideo = frame.codec === MediaCodec.vp8;
    const bytes = serialize(from, frame, (frame.flags & RELAYED_FLAGS) | (isVideo && isKey ? MediaFlag.keyFrame : 0));
    let pauseMs = Number.POSITIVE_INFINITY;
    for (const { participantId, port, receiver } of this.#options.members()) {
      if (receiver === null || participantId === from.participantId) continue;
      if (!receiver.shows(source, from.participantId) || !receiver.decodes(frame.codec)) continue;
      if (!isVideo) {
        this.#send(port, bytes);
      } else if (receiver.follows(key, isKey)) {
        receiver.received(key, this.#send(port, bytes));
      } else {
        pauseMs = Math.min(pauseMs, receiver.hasLost(key) ? LOST_PAUSE_MS : KEY_FRAME_PAUSE_MS);
      }
    }
    this.#ask(stream, pauseMs);
  }

  /** Somebody came, or shows something else now: whoever they see for the first time is asked for a whole picture. */
  watched({ participantId, receiver }: RelayMember, watch?: Watch): void {
    if (receiver === null) return;
    if (watch) receiver.watch(watch);
    const now = this.#options.clock.monotonic();
    for (const stream of this.#streams.values()) {
      const isRecent = now - stream.lastAt < STREAM_IDLE_MS;
      if (!isRecent || stream.participantId === participantId) continue;
      if (receiver.shows(stream.source, stream.participantId)) this.#ask(stream, KEY_FRAME_PAUSE_MS);
    }
  }

  /** The device is off, or the connection gone. */
  ended(connectionId: string, source: PictureSource): void {
    for (const [key, stream] of this.#streams) {
      if (stream.connectionId !== connectionId || stream.source !== source) continue;
      this.#streams.delete(key);
      for (const { receiver } of this.#options.members()) receiver?.forget(key);
    }
  }

  #stream(key: string, source: PictureSource, from: RelaySource): Stream | null {
    const now = this.#options.clock.monotonic();
    const known = this.#streams.get(key);
    if (known?.connectionId === from.connectionId) {
      known.lastAt = now;
      return known;
    }
    if (known && now - known.lastAt < TAKE_OVER_MS) return null;
    if (known) this.ended(known.connectionId, source);
    const { connectionId, participantId } = from;
    const never = Number.NEGATIVE_INFINITY;
    const added: Stream = { source, participantId, connectionId, peopleAt: null, lastAt: now, askedAt: never };
    this.#streams.set(key, added);
    return added;
  }

  #isForPeople(stream: Stream, kind: MediaFrame['kind']): boolean {
    if (kind === MediaKind.peoplePicture) {
      stream.peopleAt = stream.lastAt;
      return true;
    }
    if (stream.peopleAt !== null && stream.lastAt - stream.peopleAt >= PEOPLE_PICTURE_MS) stream.peopleAt = null;
    return stream.peopleAt === null;
  }

  #ask(stream: Stream, pauseMs: number): void {
    const now = this.#options.clock.monotonic();
    if (pauseMs === Number.POSITIVE_INFINITY || now - stream.askedAt < pauseMs) return;
    stream.askedAt = now;
    this.#options.askForKeyFrame(stream.connectionId, stream.source);
  }

  /** @returns whether it went out; ports promise not to throw, and one that does must not take the room with it. */
  #send(port: ConnectionPort, bytes: Uint8Array<ArrayBuffer>): boolean {
    try {
      return port.sendMedia(bytes);
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }
}

/** The sender's word is not taken for it: a wrong one would break the picture of everybody who joins. */
function isKeyFrame({ codec, payload }: MediaFrame): boolean {
  return codec !== MediaCodec.vp8 || ((payload[0] ?? 1) & 1) === 0;
}

function serialize(from: RelaySource, frame: MediaFrame, flags: number): Uint8Array<ArrayBuffer> {
  const { kind, codec, seq, mediaTime, payload } = frame;
  return serializeMediaFrame({ kind, codec, flags, participant: from.index, seq, mediaTime, turn: 0, payload });
}
