import {
  type EntryActor,
  joinTurns,
  NO_USAGE,
  type PersonUsage,
  type RoomUsage,
  type TurnUsage,
} from '@colloquy/live-protocol';

/** What a room has used, as it is stored with it. */
export type StoredUsage = Omit<RoomUsage, 'budget'>;

/** Whether a room had used more by `one` than by `other`: whoever counted on from less must not make that the room's. */
export function isFurther(one: StoredUsage, other: StoredUsage): boolean {
  const counts = [turnsOf, tokensOf, secondsOf, picturesOf];
  const differs = counts.find((count) => count(one) !== count(other));
  return differs !== undefined && differs(one) > differs(other);
}

const turnsOf = ({ turns }: StoredUsage): number => turns;
const tokensOf = ({ totalTokens }: StoredUsage): number => totalTokens;
const secondsOf = ({ audioSecondsIn, audioSecondsOut }: StoredUsage): number => audioSecondsIn + audioSecondsOut;
const picturesOf = ({ pictures }: StoredUsage): number => pictures;

interface Person {
  actor: EntryActor;
  usage: TurnUsage;
  speechMs: number;
}

/** Further ones count for the room alone. */
const MOST_PEOPLE = 500;

/** Of them are stored; the others' use is in that of the room. */
const MOST_STORED_PEOPLE = 50;

const add = (a: number, b: number): number => a + b;

/** Adds up what a room uses of its model, and who made it. Outlives the times in which nobody is in the room. */
export class RoomMeter {
  readonly #people = new Map<string, Person>();
  #sum: TurnUsage = NO_USAGE;
  #turns = 0;
  #cost: number | null = null;
  #heardMs = 0;
  #spokenMs = 0;
  #pictures = 0;

  /** @param before - what was used up to now. */
  constructor(before: StoredUsage | null = null) {
    if (before === null) return;
    const { turns, audioSecondsIn, audioSecondsOut, pictures, cost, people, ...sum } = before;
    this.#sum = sum;
    this.#turns = turns;
    this.#cost = cost;
    this.#heardMs = audioSecondsIn * 1_000;
    this.#spokenMs = audioSecondsOut * 1_000;
    this.#pictures = pictures;
    for (const { participantId, name, speechSeconds, ...usage } of people) {
      this.#people.set(participantId, { actor: { participantId, name }, usage, speechMs: speechSeconds * 1_000 });
    }
  }

  /** What the next meter of this room counts on from; `null`: nothing was used. */
  toStored(): StoredUsage | null {
    if (this.#turns === 0 && this.#heardMs === 0 && this.#pictures === 0) return null;
    const { people, ...total } = this.total;
    const most = people.toSorted((a, b) => b.totalTokens - a.totalTokens || b.speechSeconds - a.speechSeconds);
    return { ...total, people: most.slice(0, MOST_STORED_PEOPLE) };
  }

  get tokens(): number {
    return this.#sum.totalTokens;
  }

  /** `null` when no price was known for anything. */
  get cost(): number | null {
    return this.#cost;
  }

  get turns(): number {
    return this.#turns;
  }

  /** What the room has used; how much of its budget is left is for others to say. */
  get total(): Omit<RoomUsage, 'budget'> {
    return {
      ...this.#sum,
      turns: this.#turns,
      audioSecondsIn: this.#heardMs / 1_000,
      audioSecondsOut: Math.round(this.#spokenMs) / 1_000,
      pictures: this.#pictures,
      cost: this.#cost,
      people: Array.from(this.#people.values(), ({ actor, usage, speechMs }): PersonUsage => {
        const { participantId, name } = actor;
        return { participantId, name, ...usage, speechSeconds: speechMs / 1_000 };
      }),
    };
  }

  /** A turn has ended. `askers`: whose words it answered; `cost`: `null` when nobody knows. */
  turn(usage: TurnUsage, askers: readonly EntryActor[], cost: number | null): void {
    this.#turns += 1;
    this.#sum = joinTurns(this.#sum, usage, add);
    if (cost !== null) this.#cost = (this.#cost ?? 0) + cost;
    for (const [index, actor] of askers.entries()) {
      const person = this.#person(actor);
      if (!person) continue;
      // Whole tokens: the first ones take what cannot be shared.
      const share = (sum: number, all: number) =>
        sum + Math.floor(all / askers.length) + rest(all, index, askers.length);
      person.usage = joinTurns(person.usage, usage, share);
    }
  }

  /** The model was sent audio. */
  heard(ms: number): void {
    this.#heardMs += ms;
  }

  /** Somebody's voice was in what the model was sent. */
  voiced(actor: EntryActor, ms: number): void {
    const person = this.#person(actor);
    if (person) person.speechMs += ms;
  }

  /** The model spoke. */
  spoke(ms: number): void {
    this.#spokenMs += ms;
  }

  /** The model was shown a picture. */
  saw(): void {
    this.#pictures += 1;
  }

  #person(actor: EntryActor): Person | null {
    const known = this.#people.get(actor.participantId);
    if (known) {
      known.actor = actor;
      return known;
    }
    if (this.#people.size >= MOST_PEOPLE) return null;
    const person = { actor, usage: NO_USAGE, speechMs: 0 };
    this.#people.set(actor.participantId, person);
    return person;
  }
}

function rest(all: number, index: number, count: number): number {
  return index < all % count ? 1 : 0;
}
