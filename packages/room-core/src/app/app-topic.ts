import { type AppData, type ParticipantRole, parseWithSchema, type StandardSchema } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { wrongInput } from '../wrong-input.ts';

/** Something that an application keeps in the logs of its rooms. */
export interface AppTopic {
  /** Checks what is published; what the schema gives back is kept. @defaultValue any object */
  readonly input?: StandardSchema<AppData>;
  /** Who may publish from a browser; the server always may. @defaultValue `['host', 'speaker']` */
  readonly roles?: readonly ParticipantRole[];
}

/** Topics by name: 1 to 64 of `a`–`z`, digits and `-`, beginning with a letter. */
export type AppTopics = Readonly<Record<string, AppTopic>>;

const TOPIC = /^[a-z][a-z0-9-]{0,63}$/;
const DEFAULT_ROLES: readonly ParticipantRole[] = ['host', 'speaker'];

/** @throws TypeError that names the topic. */
export function checkTopics(topics: AppTopics = {}): ReadonlyMap<string, AppTopic> {
  for (const [name, topic] of Object.entries(topics)) {
    if (!TOPIC.test(name)) {
      throw new TypeError(`"topics" has ${JSON.stringify(name)}; a name is 1 to 64 of "a" to "z", digits and "-".`);
    }
    if (typeof topic !== 'object' || topic === null) throw new TypeError(`"topics.${name}" must be an object.`);
  }
  return new Map(Object.entries(topics));
}

/** What may be published of the topics of a server. */
export class AppTopicDesk {
  readonly #topics: ReadonlyMap<string, AppTopic>;
  readonly #maxBytes: number;

  /** `maxBytes`: of one entry's data as JSON; `0` turns the limit off. */
  constructor(topics: ReadonlyMap<string, AppTopic>, maxBytes: number) {
    this.#topics = topics;
    this.#maxBytes = maxBytes;
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` for a topic that is not known, `ERR_NOT_ALLOWED` */
  checkRole(name: string, role: ParticipantRole): void {
    const { roles = DEFAULT_ROLES } = this.#find(name);
    if (roles.includes(role)) return;
    throw new RoomCoreError('ERR_NOT_ALLOWED', `"${name}" is for ${roles.join(', ')}; you are a ${role}.`);
  }

  /**
   * The data as it is kept.
   * @throws RoomCoreError `ERR_ROOM_INPUT` that names what is wrong.
   */
  async check(name: string, data: unknown): Promise<AppData> {
    const { input } = this.#find(name);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      throw wrongInput(`The data of "${name}"`, data, 'must be an object');
    }
    const bytes = new TextEncoder().encode(JSON.stringify(data)).length;
    if (this.#maxBytes > 0 && bytes > this.#maxBytes) {
      throw new RoomCoreError(
        'ERR_ROOM_INPUT',
        `The data of "${name}" has ${bytes} bytes as JSON; ${this.#maxBytes} are the most. Publish it in parts.`,
      );
    }
    if (!input) return data as AppData;
    try {
      return await parseWithSchema(input, data);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new RoomCoreError('ERR_ROOM_INPUT', `The data of "${name}" is wrong: ${error.message.slice(0, 500)}`);
    }
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` */
  #find(name: string): AppTopic {
    const topic = this.#topics.get(name);
    if (topic) return topic;
    const known = [...this.#topics.keys()].join(', ') || 'none';
    throw wrongInput('The topic', name.slice(0, 64), `is not known; the server has: ${known}`);
  }
}
