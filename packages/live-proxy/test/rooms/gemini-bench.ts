import { DEFAULT_ROOM_CONFIGURATION, type RoomConfiguration, type Setup } from '@colloquy/live-protocol';
import type { HistoryTurn, ModelEvent, ModelSession, ToolDeclaration } from '@colloquy/room-core';
import { FakeClock } from '@colloquy/room-core/testing';
import { endpoint } from '../../src/index.ts';
import { type GeminiModelOptions, geminiModel } from '../../src/rooms/index.ts';
import { Changes } from '../support/changes.ts';
import { ScriptedUpstream, type UpstreamConnection } from '../support/scripted-upstream.ts';

export interface BenchOptions extends Partial<GeminiModelOptions> {
  readonly configuration?: Partial<RoomConfiguration>;
  readonly history?: () => Promise<readonly HistoryTurn[]>;
  /** Handle of a session that another server had. */
  readonly resume?: string;
  /** Tools of the room. */
  readonly declared?: readonly ToolDeclaration[];
}

/** Id of a call that nobody made: its cancellation changes nothing, and comes after what was said before. */
const MARKER = 'marker';
const marker = { toolCallCancellation: { ids: [MARKER] } };

/** One model session on a scripted service, with time that stands still. */
export class GeminiBench {
  readonly upstream: ScriptedUpstream;
  readonly clock: FakeClock = new FakeClock();
  readonly events: ModelEvent[] = [];
  readonly logged: string[] = [];
  readonly abort: AbortController = new AbortController();
  readonly session: ModelSession;
  readonly #changes = new Changes();

  static async start(options: BenchOptions = {}): Promise<GeminiBench> {
    return new GeminiBench(await ScriptedUpstream.start(), options);
  }

  /** Starts and waits for `ready`. */
  static async ready(options: BenchOptions = {}): Promise<GeminiBench> {
    const bench = await GeminiBench.start(options);
    await bench.until('ready');
    return bench;
  }

  #markers = 0;

  private constructor(
    upstream: ScriptedUpstream,
    { configuration, declared = [], history, resume, ...options }: BenchOptions,
  ) {
    this.upstream = upstream;
    const log = (message: string) => this.logged.push(message);
    const model = geminiModel({
      upstream: endpoint({ url: upstream.url }),
      clock: this.clock,
      random: () => 0,
      logger: { warn: log, error: log },
      ...options,
    });
    this.session = model.open({
      roomId: 'r1',
      configuration: { ...DEFAULT_ROOM_CONFIGURATION, instructions: 'Hi', ...configuration },
      tools: declared,
      roster: () => ['Ana'],
      history: history ?? (async () => []),
      ...(resume !== undefined && { resume }),
      onEvent: (event) => {
        if (event.type === 'toolCallsCancelled' && event.callIds[0] === MARKER) this.#markers += 1;
        else this.events.push(event);
        this.#changes.notify();
      },
      signal: this.abort.signal,
    });
  }

  /** Resolves with the event of this type at this place among those of its type. */
  until<T extends ModelEvent['type']>(type: T, index = 0): Promise<Extract<ModelEvent, { type: T }>> {
    return this.#changes.until(() => this.ofType(type)[index]);
  }

  ofType<T extends ModelEvent['type']>(type: T): Extract<ModelEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ModelEvent, { type: T }> => event.type === type);
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Sends from the service, and resolves when it has arrived: the session saw everything before. */
  async say(connection: UpstreamConnection, ...messages: object[]): Promise<void> {
    const seen = this.#markers;
    for (const message of [...messages, marker]) connection.socket.send(Buffer.from(JSON.stringify(message)));
    await this.#changes.until(() => this.#markers > seen || undefined);
  }

  async stop(): Promise<void> {
    await this.session.close();
    await this.upstream.close();
  }
}

export async function setupOf(connection: UpstreamConnection): Promise<Setup> {
  return JSON.parse((await connection.message(0)).data.toString()).setup;
}

/** The message at this place after the setup, counted from 1. */
export async function sentTo(connection: UpstreamConnection, index: number): Promise<Record<string, unknown>> {
  return JSON.parse((await connection.message(index)).data.toString());
}

/** The ways in which messages are told apart. */
export function kindsSentTo(connection: UpstreamConnection): string[] {
  return connection.messages.slice(1).map(({ data }) => {
    const message = JSON.parse(data.toString());
    const [kind = ''] = Object.keys(message);
    return kind === 'realtimeInput' ? `realtimeInput.${Object.keys(message.realtimeInput)[0]}` : kind;
  });
}
