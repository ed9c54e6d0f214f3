import { encodeBase64, parseServerMessage, type ServerMessage, validateServerMessage } from '@colloquy/live-protocol';
import { encodePcm16 } from '../src/audio/pcm16.ts';
import { FakeClock } from '../src/fake-clock.ts';
import type { Fault } from '../src/faults/fault.ts';
import { FaultPlan } from '../src/faults/fault-plan.ts';
import { type EmulatorOptions, resolveOptions } from '../src/options.ts';
import { SeededRandom } from '../src/random.ts';
import { routeOf } from '../src/server/route.ts';
import { ResumptionStore } from '../src/session/resumption-store.ts';
import { LiveSession, type SessionEnvironment } from '../src/session/session.ts';
import { SessionRecord } from '../src/session/session-record.ts';
import type { TokenGrant } from '../src/tokens/token-grant.ts';
import { SyntheticVoice } from '../src/voice/synthetic-voice.ts';

export const PATHS = {
  gemini: '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  vertex: '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
} as const;

/** A model of each profile, and the backend it is found on. */
export const MODELS = {
  '2.5-native': { backend: 'gemini', model: 'models/gemini-2.5-flash-native-audio-preview-12-2025' },
  '3.1': { backend: 'gemini', model: 'models/gemini-3.1-flash-live-preview' },
  '3.8': { backend: 'gemini', model: 'models/gemini-3.8-live' },
  '3.8-et': { backend: 'gemini', model: 'models/gemini-3.8-live-extended-thinking' },
  'vertex-2.5-flash': { backend: 'vertex', model: 'publishers/google/models/gemini-live-2.5-flash' },
} as const;
export type ProfileUnderTest = keyof typeof MODELS;

export interface Received {
  readonly atMs: number;
  readonly message: ServerMessage;
}

interface ConnectOptions {
  readonly grant?: TokenGrant;
  readonly faults?: readonly Fault[];
  /** Of the path; `v1beta` or `v1beta1` when not given. */
  readonly apiVersion?: string;
}

/** An emulator without a socket or a real clock: everything about it is in the hands of the test. */
export class Bench {
  readonly clock: FakeClock = new FakeClock();
  readonly resumption: ResumptionStore;
  readonly #environment: SessionEnvironment;
  readonly #random: SeededRandom;
  #connections = 0;

  constructor(options: EmulatorOptions = {}) {
    const resolved = resolveOptions({ ...options, clock: this.clock });
    this.#random = new SeededRandom(resolved.seed);
    this.resumption = new ResumptionStore({ clock: this.clock, random: this.#random.fork('handles') });
    const voice = typeof resolved.voice === 'string' ? new SyntheticVoice() : resolved.voice;
    this.#environment = { ...resolved, voice, limits: resolved, resumption: this.resumption };
  }

  connect(backend: keyof typeof PATHS = 'gemini', options: ConnectOptions = {}): Client {
    const path = PATHS[backend];
    const route = routeOf(options.apiVersion ? path.replace(/v1beta1?/, options.apiVersion) : path);
    if (!route) throw new Error('no route');
    this.#connections += 1;
    const id = `session-${this.#connections}`;
    const client = new Client(this.clock);
    const record = new SessionRecord({
      id,
      route,
      now: () => this.clock.now(),
      keepAudioSeconds: 1_800,
      keepPictures: 5,
    });
    let plan: FaultPlan | null = null;
    client.session = new LiveSession({
      route,
      socket: client,
      record,
      random: this.#random.fork(id),
      environment: this.#environment,
      admission: Promise.resolve(null),
      grant: options.grant ?? null,
      onMoment: (moment) => plan?.reached(moment),
    });
    const { clock } = this;
    plan = new FaultPlan({
      faults: options.faults ?? [],
      target: client.session,
      connection: this.#connections,
      clock,
    });
    plan.reached('open');
    return client;
  }

  /** A connection whose setup is complete. `setup` is added to a minimal one for `profile`. */
  async open(
    profile: ProfileUnderTest = '3.8',
    setup: Record<string, unknown> = {},
    options: ConnectOptions = {},
  ): Promise<Client> {
    const { backend, model } = MODELS[profile];
    const client = this.connect(backend, options);
    client.send({ setup: { model, generationConfig: { responseModalities: ['AUDIO'] }, ...setup } });
    await client.until((message) => message.setupComplete !== undefined);
    return client;
  }
}

/** The client's end of one connection. */
export class Client {
  session!: LiveSession;
  readonly received: Received[] = [];
  readonly rawBytes: number[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  // The session's side of the socket.
  readonly bytes: Buffer[] = [];
  send(value: unknown): void {
    if (value instanceof Uint8Array) {
      this.bytes.push(Buffer.from(value));
      this.received.push({ atMs: this.#clock.monotonic(), message: JSON.parse(Buffer.from(value).toString()) });
    } else {
      this.session.receive(JSON.stringify(value));
    }
  }
  close(code: number, reason: string): void {
    this.closed = { code, reason };
    this.session.disconnected(code, reason);
  }
  terminate(): void {
    this.close(1006, '');
  }

  /** The client goes away. */
  leave(): void {
    this.session.disconnected(1005, '');
  }

  get messages(): readonly ServerMessage[] {
    return this.received.map(({ message }) => message);
  }

  /** Moves time on until a message matches that came after this call. */
  async until(matches: (message: ServerMessage) => boolean, withinMs = 60_000): Promise<Received> {
    const from = this.received.length;
    for (let waited = 0; waited <= withinMs; waited += 10) {
      const found = this.received.slice(from).find(({ message }) => matches(message));
      if (found) return found;
      if (this.closed) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      await this.#clock.advance(10);
    }
    throw new Error(`nothing matched in ${withinMs} ms; got ${outline(this.messages.slice(from)).join(' ')}`);
  }

  turnComplete(withinMs?: number): Promise<Received> {
    return this.until((message) => message.serverContent?.turnComplete === true, withinMs);
  }

  /** Everything that came since message number `from`, as short words. */
  outline(from = 0): string[] {
    return outline(this.messages.slice(from));
  }

  say(text: string): void {
    this.send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });
  }

  /** Pushes audio in frames of 20 ms, all at once. */
  speak(samples: Int16Array, sampleRate = 16_000): void {
    const frame = sampleRate / 50;
    for (let start = 0; start < samples.length; start += frame) {
      const data = encodeBase64(encodePcm16(samples.slice(start, start + frame)));
      this.send({ realtimeInput: { audio: { mimeType: `audio/pcm;rate=${sampleRate}`, data } } });
    }
  }

  silence(seconds: number): void {
    this.speak(new Int16Array(seconds * 16_000));
  }
}

/** Kinds of messages in order; runs of the same kind are one word, empty messages and resumption updates are left out. */
export function outline(messages: readonly ServerMessage[], options: { readonly all?: boolean } = {}): string[] {
  const words: string[] = [];
  for (const message of messages) {
    const word = kindOf(message);
    const isNoise = word === 'empty' || word === 'resumption';
    if ((options.all || !isNoise) && words.at(-1) !== word) words.push(word);
  }
  return words;
}

function kindOf(message: ServerMessage): string {
  if (message.sessionResumptionUpdate) return 'resumption';
  if (message.toolCall) return 'toolCall';
  if (message.toolCallCancellation) return 'cancel';
  if (message.voiceActivity) return message.voiceActivity.type === 'ACTIVITY_START' ? 'start' : 'end';
  if (message.voiceActivityDetectionSignal) return 'signal';
  if (message.setupComplete) return 'setupComplete';
  if (message.goAway) return 'goAway';
  const content = message.serverContent;
  if (!content || Object.keys(content).length === 0) return 'empty';
  if (content.interrupted) return 'interrupted';
  if (content.generationComplete) return 'generationComplete';
  if (content.turnComplete) return 'turnComplete';
  if (content.inputTranscription) return content.inputTranscription.finished ? 'inputFinished' : 'input';
  if (content.modelTurn?.parts?.[0]?.thought) return 'thought';
  if (content.modelTurn?.parts?.[0]?.inlineData) return content.outputTranscription ? 'audio+output' : 'audio';
  if (content.modelTurn) return 'text';
  if (content.outputTranscription) {
    if (content.outputTranscription.finished) return 'outputFinished';
    return content.outputTranscription.text === undefined ? 'outputOpen' : 'output';
  }
  return Object.keys(content).join('+');
}

/** Output transcript of some messages. */
export function transcript(messages: readonly ServerMessage[]): string {
  return messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
}

/** Seconds of the model's audio in some messages. */
export function audioSeconds(messages: readonly ServerMessage[]): number {
  const events = messages.flatMap((message) => parseServerMessage(message));
  return events.reduce((sum, event) => sum + (event.type === 'audio' ? event.data.byteLength / 2 / 24_000 : 0), 0);
}

/** Why a server message is not what the service would send; `null` when it is. */
export function serverViolation(message: ServerMessage, backend: 'gemini' | 'vertex'): string | null {
  const checked = validateServerMessage(message, { backend });
  return checked.ok ? null : checked.violation.reason;
}
