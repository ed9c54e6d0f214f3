import { type ChildProcess, fork } from 'node:child_process';
import type { Participant, RoomServerMessage } from '@colloquy/live-protocol';
import { expect, vi } from 'vitest';
import type { ModelEvent } from '../../src/ports/model-session.ts';
import type { FromServer, ToServer } from './room-server.ts';

/** How long anything may take on a machine that does much else. */
export const PATIENCE = { timeout: 60_000, interval: 50 } as const;

/** A process with one person. */
export class ServerProcess {
  readonly child: ChildProcess;
  /** Of its person. */
  readonly name: string;
  readonly #heard: FromServer[] = [];
  #n = 0;
  #forgotten = 0;
  nodeId = '';

  /** @param redis - socket of the Redis. */
  constructor(name: string, redis: string) {
    this.name = name;
    const file = new URL('./room-server.ts', import.meta.url);
    this.child = fork(file, [redis], { execArgv: ['--conditions=mono-source'] });
    this.child.on('message', (what: FromServer) => this.#heard.push(what));
  }

  async up(): Promise<void> {
    await vi.waitFor(() => expect(this.heard('up')).toHaveLength(1), PATIENCE);
    this.nodeId = this.heard('up')[0]?.nodeId ?? '';
  }

  async join(): Promise<void> {
    this.#tell({ t: 'join', name: this.name, roomId: 'r' });
    await vi.waitFor(() => expect(this.#told('welcome')).toHaveLength(1), PATIENCE);
  }

  /** Resolves when it is stored. */
  async say(text: string): Promise<void> {
    this.#n += 1;
    const cid = this.sayAgain(text);
    await vi.waitFor(() => expect(this.acked()).toContain(cid), PATIENCE);
  }

  /** Sends a text under the newest number, once more. @returns its cid. */
  sayAgain(text: string): string {
    const cid = `tab-${this.name.toLowerCase()}:${this.#n}`;
    const message = { type: 'pub', cid, kind: 'msg.text', body: { text, toModel: false } } as const;
    this.#tell({ t: 'say', name: this.name, message });
    return cid;
  }

  modelSays(...events: readonly ModelEvent[]): void {
    this.#tell({ t: 'emit', events });
  }

  /** Its event loop stands still until there is a file of this name. */
  block(until: string): void {
    this.#tell({ t: 'block', until });
  }

  /** Its wall clock jumps. */
  jump(ms: number): void {
    this.#tell({ t: 'jump', ms });
  }

  /** What the model is saying, as its person is told. */
  deltas(): string {
    return this.#told('delta')
      .map(({ text }) => text)
      .join('');
  }

  /** Says something that is refused for now, and again after `meanwhile` until it is stored. */
  async sayInVain(text: string, meanwhile: () => Promise<void>): Promise<void> {
    this.#n += 1;
    const cid = this.sayAgain(text);
    await vi.waitFor(() => {
      const refusals = this.#told('nack').filter((nack) => nack.cid === cid);
      expect(refusals.at(0)?.retryable).toBe(true);
    }, PATIENCE);
    await meanwhile();
    await vi.waitFor(() => {
      if (!this.acked().includes(cid)) this.sayAgain(text);
      expect(this.acked()).toContain(cid);
    }, PATIENCE);
  }

  heard<T extends FromServer['t']>(t: T): readonly Extract<FromServer, { readonly t: T }>[] {
    return this.#heard.filter((what) => what.t === t) as Extract<FromServer, { readonly t: T }>[];
  }

  /** Each once, however often it was sent. */
  readonly acked = (): readonly string[] => [...new Set(this.#told('ack').map(({ cid }) => cid))];

  readonly failures = (): readonly string[] => this.heard('failed').map(({ error }) => error);

  /** What its model sessions went on with. */
  models(): readonly (string | null)[] {
    return this.heard('model')
      .slice(this.#forgotten)
      .map(({ resume }) => resume);
  }

  /** Those of before do not count. */
  forgetModels(): void {
    this.#forgotten = this.heard('model').length;
  }

  /** What its person is told of the model. */
  model(): string | undefined {
    return (this.#told('model').at(-1)?.model ?? this.#told('welcome').at(-1)?.model)?.status;
  }

  texts(): readonly string[] {
    const entries = this.#told('entries').flatMap((message) => message.entries);
    return entries.flatMap((entry) => (entry.kind === 'msg.text' ? [entry.body.text] : []));
  }

  /** Of every entry that its person was given. */
  kinds(): readonly string[] {
    return this.#told('entries').flatMap(({ entries }) => entries.map(({ kind }) => kind));
  }

  readonly sees = (): readonly string[] => this.#people().map(({ name }) => name);

  /** Names of those whose connection broke. */
  readonly away = (): readonly string[] =>
    this.#people().flatMap(({ name, status }) => (status === 'away' ? [name] : []));

  #people(): readonly Participant[] {
    const people = new Map(
      this.#told('welcome')
        .at(-1)
        ?.participants.map((one) => [one.participantId, one]),
    );
    for (const { changed, removed } of this.#told('presence')) {
      for (const one of changed) people.set(one.participantId, one);
      for (const participantId of removed) people.delete(participantId);
    }
    return [...people.values()].toSorted((one, other) => one.name.localeCompare(other.name));
  }

  /** @returns its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    return ended;
  }

  #tell(what: ToServer): void {
    this.child.send(what);
  }

  #told<T extends RoomServerMessage['type']>(type: T): readonly Extract<RoomServerMessage, { readonly type: T }>[] {
    const told = this.heard('told').map(({ message }) => message);
    return told.filter((message) => message.type === type) as Extract<RoomServerMessage, { readonly type: T }>[];
  }
}
