import type { EntryActor, MediaState, Participant, ParticipantRole } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RoomIdentity } from '../room-identity.ts';
import type { ConnectionInfo, PersonInfo } from '../room-sessions.ts';
import { ParticipantIndexes } from './participant-indexes.ts';
import { type PresenceChange, PresenceDiffs } from './presence-diffs.ts';

/** Why a person is no longer in the room, in the words of the log. */
export type LeaveReason = 'left' | 'removed' | 'connection lost' | 'room closed' | 'server stopped';

/** What a {@link Roster} is made of. */
export interface RosterOptions {
  readonly clock: Clock;
  /** How long a person without a connection stays `away`. */
  readonly graceMs: number;
  /** The model as a participant; `null` when the room has none. */
  readonly model: { readonly participantId: string; readonly name: string } | null;
  /** Everybody is to hear of this. */
  readonly onChange: (change: PresenceChange) => void;
  /** A person is gone for good. */
  readonly onLeft: (participant: Participant, reason: LeaveReason) => void;
}

/** Somebody in a room, as another server has to know them that runs it next. */
export interface KeptPerson {
  readonly participantId: string;
  readonly name: string;
  readonly index: number;
  readonly role: ParticipantRole;
  readonly givenRole: ParticipantRole | null;
}

interface Connection {
  readonly connectionId: string;
  readonly clientId: string;
  readonly connectedAt: number;
  media: MediaState;
}

interface Person {
  readonly participantId: string;
  readonly index: number;
  /** Made once per name: it is asked for with every frame of speech. */
  actor: EntryActor;
  role: ParticipantRole;
  /** Given in the room: it goes before what tickets say, as long as the person is here. */
  givenRole: ParticipantRole | null;
  speaking: boolean;
  readonly connections: Map<string, Connection>;
  /** Runs while the person is `away`. */
  grace: Timer | null;
}

const NO_MEDIA: MediaState = { microphone: false, camera: false, screen: false };

/**
 * Who is in the room. A person has one or more connections; without any they are `away` until the grace period is over.
 *
 * ```
 * (absent) ──join──▶ present ──last connection broke──▶ away ──graceMs──▶ (absent)
 *                       ▲  └──────last connection left──────────────────────▶ (absent)
 *                       └──────────────join───────────────┘
 * ```
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #people = new Map<string, Person>();
  readonly #indexes = new ParticipantIndexes();
  readonly #diffs: PresenceDiffs;
  #modelSpeaking = false;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.#diffs = new PresenceDiffs(options.clock, options.onChange);
  }

  get version(): number {
    return this.#diffs.version;
  }

  /** People, those who are away included. */
  get size(): number {
    return this.#people.size;
  }

  has(participantId: string): boolean {
    return this.#people.has(participantId);
  }

  connectionCount(participantId: string): number {
    return this.#people.get(participantId)?.connections.size ?? 0;
  }

  /** Names of the people, in the order of their coming. */
  names(): readonly string[] {
    return [...this.#people.values()].map(({ actor }) => actor.name);
  }

  actor(participantId: string): EntryActor | null {
    return this.#people.get(participantId)?.actor ?? null;
  }

  /** `null` for somebody who is not in the room. */
  role(participantId: string): ParticipantRole | null {
    return this.#people.get(participantId)?.role ?? null;
  }

  /** Everybody, the model first. */
  participants(): readonly Participant[] {
    const { model } = this.#options;
    const people = [...this.#people.values()].map(toParticipant);
    return model ? [this.#modelParticipant(model), ...people] : people;
  }

  people(): readonly PersonInfo[] {
    return [...this.#people.values()].map((person) => ({
      participantId: person.participantId,
      index: person.index,
      name: person.actor.name,
      role: person.role,
      status: person.connections.size > 0 ? 'present' : 'away',
      speaking: person.speaking,
      connections: [...person.connections.values()].map((connection): ConnectionInfo => ({ ...connection })),
    }));
  }

  /** What another roster is to {@link restore}; `null`: nobody. */
  kept(): readonly KeptPerson[] | null {
    if (this.#people.size === 0) return null;
    return [...this.#people.values()].map(({ actor, index, role, givenRole }) => ({
      ...actor,
      index,
      role,
      givenRole,
    }));
  }

  /** These people were here under another roster: they are away until they are back, or the grace period is over. */
  restore(people: readonly KeptPerson[]): void {
    for (const { participantId, name, index, role, givenRole } of people) {
      this.#indexes.restore(participantId, index);
      const person = this.#add({ participantId, name }, role);
      person.givenRole = givenRole;
      this.#startGrace(person);
    }
  }

  /** @returns the participant, and whether they were not in the room before. */
  join(
    identity: RoomIdentity,
    connection: { readonly connectionId: string; readonly clientId: string },
  ): { readonly participant: Participant; readonly added: boolean } {
    const { participantId, name, role } = identity;
    const known = this.#people.get(participantId);
    const person = known ?? this.#add({ participantId, name }, role);
    // The newest ticket tells best how somebody is called and what they may do.
    if (person.actor.name !== name) person.actor = { participantId, name };
    person.role = person.givenRole ?? role;
    person.grace?.cancel();
    person.grace = null;
    person.connections.set(connection.connectionId, {
      ...connection,
      connectedAt: this.#options.clock.now(),
      media: NO_MEDIA,
    });
    this.#tell(person);
    return { participant: toParticipant(person), added: !known };
  }

  /** The connection is gone without a word; its person stays `away` for the grace period. */
  drop(participantId: string, connectionId: string): void {
    const person = this.#people.get(participantId);
    if (!person?.connections.delete(connectionId)) return;
    if (person.connections.size > 0) {
      this.#tell(person);
      return;
    }
    person.speaking = false;
    this.#tell(person);
    this.#startGrace(person);
  }

  /** The connection says goodbye; its person leaves at once unless another connection is left. */
  leave(participantId: string, connectionId: string): void {
    const person = this.#people.get(participantId);
    if (!person?.connections.delete(connectionId)) return;
    if (person.connections.size > 0) this.#tell(person);
    else this.#remove(person, 'left');
  }

  setMedia(participantId: string, connectionId: string, media: MediaState): void {
    const person = this.#people.get(participantId);
    const connection = person?.connections.get(connectionId);
    if (!person || !connection) return;
    const before = mediaOf(person);
    connection.media = media;
    const now = mediaOf(person);
    if (before.microphone === now.microphone && before.camera === now.camera && before.screen === now.screen) return;
    this.#tell(person);
  }

  /** It lasts as long as the person is in the room. @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole): boolean {
    const person = this.#people.get(participantId);
    if (!person) return false;
    person.givenRole = role;
    if (person.role === role) return true;
    person.role = role;
    this.#tell(person);
    return true;
  }

  setSpeaking(participantId: string, speaking: boolean): void {
    const person = this.#people.get(participantId);
    if (!person || person.speaking === speaking) return;
    person.speaking = speaking;
    this.#tell(person);
  }

  setModelSpeaking(speaking: boolean): void {
    const { model } = this.#options;
    if (!model || this.#modelSpeaking === speaking) return;
    this.#modelSpeaking = speaking;
    this.#diffs.changed(this.#modelParticipant(model));
  }

  /** Somebody leaves now, with all their connections. */
  dismiss(participantId: string, reason: LeaveReason): void {
    const person = this.#people.get(participantId);
    if (person) this.#remove(person, reason);
  }

  /** Everybody leaves now. */
  clear(reason: LeaveReason): void {
    for (const person of [...this.#people.values()]) this.#remove(person, reason);
    this.#diffs.dispose();
  }

  /** Nobody leaves, and nothing is told any more. */
  dispose(): void {
    for (const person of this.#people.values()) person.grace?.cancel();
    this.#diffs.dispose();
  }

  #startGrace(person: Person): void {
    const { clock, graceMs } = this.#options;
    person.grace = clock.setTimer(graceMs, () => this.#remove(person, 'connection lost'));
  }

  #add(actor: EntryActor, role: ParticipantRole): Person {
    const { participantId } = actor;
    const index = this.#indexes.take(participantId, (other) => this.#people.has(other));
    const person: Person = {
      ...{ participantId, index, actor, role },
      givenRole: null,
      speaking: false,
      connections: new Map(),
      grace: null,
    };
    this.#people.set(participantId, person);
    return person;
  }

  #remove(person: Person, reason: LeaveReason): void {
    person.grace?.cancel();
    person.grace = null;
    if (!this.#people.delete(person.participantId)) return;
    this.#diffs.removed(person.participantId);
    this.#options.onLeft(toParticipant(person), reason);
  }

  #tell(person: Person): void {
    this.#diffs.changed(toParticipant(person));
  }

  #modelParticipant(model: { readonly participantId: string; readonly name: string }): Participant {
    return {
      ...model,
      index: 0,
      role: 'model',
      status: 'present',
      media: NO_MEDIA,
      speaking: this.#modelSpeaking,
    };
  }
}

function toParticipant(person: Person): Participant {
  const { participantId, index, role, speaking } = person;
  const { name } = person.actor;
  const status = person.connections.size > 0 ? 'present' : 'away';
  return { participantId, index, name, role, status, media: mediaOf(person), speaking };
}

/** A device is on when it is on in any tab. */
function mediaOf(person: Person): MediaState {
  const states = [...person.connections.values()].map(({ media }) => media);
  return {
    microphone: states.some(({ microphone }) => microphone),
    camera: states.some(({ camera }) => camera),
    screen: states.some(({ screen }) => screen),
  };
}
