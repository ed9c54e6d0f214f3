import { once } from 'node:events';
import type { Setup } from '@colloquy/live-protocol';
import { FakeClock } from '@colloquy/room-core/testing';
import { type ContinuityOptions, endpoint, type LiveProxyLimits } from '../../src/index.ts';
import type { Changes } from '../support/changes.ts';
import { ScriptedUpstream, type UpstreamConnection } from '../support/scripted-upstream.ts';
import { defaultSetup, TestClient } from '../support/test-client.ts';
import { startTestProxy, type TestProxy } from '../support/test-proxy.ts';

export interface BenchOptions extends ContinuityOptions<{ id: string }> {
  readonly limits?: Partial<LiveProxyLimits>;
  readonly backend?: 'gemini' | 'vertex';
  readonly setup?: Setup;
  readonly protocols?: string[];
  readonly answersPings?: boolean;
}

/** One client through the proxy on a scripted service, with time that stands still. */
export class ContinuityBench {
  readonly upstream: ScriptedUpstream;
  readonly clock: FakeClock;
  readonly under: TestProxy;
  readonly client: TestClient;
  readonly #changes: Changes;

  static async start({
    limits,
    backend,
    setup,
    protocols,
    answersPings = true,
    ...continuity
  }: BenchOptions = {}): Promise<ContinuityBench> {
    const upstream = await ScriptedUpstream.start();
    upstream.answersPings = answersPings;
    const clock = new FakeClock();
    const under = await startTestProxy({
      upstream: endpoint({ url: upstream.url, backend }),
      authenticate: () => ({ id: 'ana' }),
      limits,
      // The pings of real sockets are not answered in time that jumps.
      continuity: { clock, random: () => 0.5, keepAliveMs: 0, ...continuity },
    });
    const client = await TestClient.open(under.url, { protocols });
    client.send({ setup: setup ?? defaultSetup });
    await client.message(0);
    return new ContinuityBench(upstream, clock, under, client);
  }

  private constructor(upstream: ScriptedUpstream, clock: FakeClock, under: TestProxy, client: TestClient) {
    this.upstream = upstream;
    this.clock = clock;
    this.under = under;
    this.client = client;
    this.#changes = under.changes;
  }

  get states(): string[] {
    return this.under.events.flatMap((event) => (event.type === 'continuityChanged' ? [event.state] : []));
  }

  /** Resolves when this state has been told so many times. */
  async state(state: string, times = 1): Promise<void> {
    await this.#changes.until(() => this.states.filter((one) => one === state).length >= times || undefined);
  }

  /** Sends as the client, and resolves when this connection of the service has it. */
  async send(index: number, ...messages: object[]): Promise<void> {
    const connection = await this.upstream.connection(index);
    const first = connection.messages.length;
    for (const message of messages) this.client.send(message);
    await connection.message(first + messages.length - 1);
  }

  /** Sends from the service, and resolves when the client has what came behind it. */
  async say(connection: UpstreamConnection, ...messages: object[]): Promise<void> {
    // What the client said before has arrived, and the service has shown that.
    await this.settled();
    const mark = { usageMetadata: { totalTokenCount: this.client.received.length } };
    const from = this.client.received.length;
    for (const message of [...messages, mark]) connection.socket.send(Buffer.from(JSON.stringify(message)));
    const isMark = (data: Buffer) => data.toString() === JSON.stringify(mark);
    await this.client.until(() => this.client.received.slice(from).some(({ data }) => isMark(data)) || undefined);
  }

  /** What the client got after the setup's answer, without marks. */
  get told(): unknown[] {
    return this.client.received
      .slice(1)
      .map(({ data }) => JSON.parse(data.toString()))
      .filter((message) => !('usageMetadata' in message));
  }

  /** Resolves when what the client has sent so far is where it can be, and what was dialled has an outcome. */
  async settled(): Promise<void> {
    const pong = once(this.client.socket, 'pong');
    this.client.socket.ping();
    await pong;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async stop(): Promise<void> {
    await this.under.close();
    await this.upstream.close();
  }
}

/** The setup that a connection got. */
export async function setupOf(connection: UpstreamConnection): Promise<Setup> {
  return JSON.parse((await connection.message(0)).data.toString()).setup;
}

/** What a connection got after its setup. */
export function sentTo(connection: UpstreamConnection): unknown[] {
  return connection.messages.slice(1).map(({ data }) => JSON.parse(data.toString()));
}

export const update = (newHandle: string, index?: number): object => ({
  sessionResumptionUpdate: {
    newHandle,
    resumable: true,
    ...(index === undefined ? {} : { lastConsumedClientMessageIndex: String(index) }),
  },
});
export const goAway = { goAway: { timeLeft: '50s' } };
export const text = (words: string): object => ({
  clientContent: { turns: [{ role: 'user', parts: [{ text: words }] }], turnComplete: true },
});
export const answer = (words: string): object => ({ serverContent: { outputTranscription: { text: words } } });
export const turnComplete = { serverContent: { turnComplete: true } };
export const audio = (fill: string): object => ({
  realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: fill.repeat(856) } },
});
