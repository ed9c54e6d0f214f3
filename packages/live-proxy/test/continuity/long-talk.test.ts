import {
  type BrainTurn,
  type Emulator,
  type EmulatorSession,
  loadFixturePhrases,
  startEmulator,
  systemClock,
} from '@colloquy/live-emulator';
import { GEMINI_CLOSES, toCloseReason } from '@colloquy/live-protocol';
import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai';
import { afterEach, expect, test } from 'vitest';
import { type Clock, endpoint } from '../../src/index.ts';
import { Changes } from '../support/changes.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestProxy, type TestProxy } from '../support/test-proxy.ts';

/** Ten minutes pass in thirty seconds. */
const timeScale = 20;
const talkSeconds = 600;
const model = 'gemini-3.8-live';

const scaledClock: Clock = {
  now: () => systemClock.now() * timeScale,
  monotonic: () => systemClock.monotonic() * timeScale,
  setTimer: (ms, task) => systemClock.setTimer(ms / timeScale, task),
};

let emulator: Emulator;
let under: TestProxy;
afterEach(async () => {
  await under.close();
  await emulator.close();
});

/** One side of a conversation: says numbered texts and a phrase now and then, and counts what was answered to its end. */
class Talk {
  /** Texts whose answer came to its end, in their order. */
  readonly answered: string[] = [];
  spokenAnswers = 0;
  asked = 0;
  closed = false;
  #answer = '';
  readonly #changes = new Changes();
  readonly #name: string;
  readonly #send: (message: object) => void;

  constructor(name: string, send: (message: object) => void) {
    this.#name = name;
    this.#send = send;
  }

  take({ serverContent }: LiveServerMessage): void {
    this.#answer += serverContent?.outputTranscription?.text ?? '';
    if (serverContent?.interrupted) this.#answer = '';
    if (!serverContent?.turnComplete) return;
    const [text] = /\w+-\d+/.exec(this.#answer) ?? [];
    if (text !== undefined) this.answered.push(text);
    else if (this.#answer !== '') this.spokenAnswers += 1;
    this.#answer = '';
    this.#changes.notify();
  }

  async run(phrase: Int16Array, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.asked += 1;
      const text = `${this.#name}-${this.asked}`;
      this.#send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });
      await this.#changes.until(() => this.answered.includes(text) || undefined);
      const heard = this.spokenAnswers;
      await this.#speak(phrase, 100);
      await this.#speak(new Int16Array(16_000 * 4), 100, () => this.spokenAnswers > heard);
    }
  }

  /** In pieces and in real time, as a microphone does. */
  async #speak(samples: Int16Array, pieceMs: number, isEnough = () => false): Promise<void> {
    const size = 16 * pieceMs;
    for (let at = 0; at < samples.length && !isEnough(); at += size) {
      const piece = samples.subarray(at, at + size);
      const data = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64');
      this.#send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
      await new Promise<void>((resolve) => void scaledClock.setTimer(pieceMs, resolve));
    }
  }
}

/**
 * Everything that Gemini was seen to close with, and what never says a word. Closes that nothing helps against come on a
 * connection of their own, whose client is to learn of them as they are.
 */
const faults: readonly ((emulator: Emulator) => void)[] = [
  ...GEMINI_CLOSES.filter(({ closeCode }) => closeCode !== 1006).map(
    ({ class: kind, closeCode, reason }) =>
      (on: Emulator) => {
        if (kind === 'fatal') victims.push(loseOne(on, closeCode, toCloseReason(reason)));
        else for (const session of open(on)) session.close(closeCode, reason);
      },
  ),
  (on) => {
    for (const session of open(on)) session.inject({ type: 'silence' });
  },
  (on) => {
    for (const session of open(on)) session.drop();
  },
  (on) => {
    for (const session of open(on)) session.drop();
    on.expireHandles();
  },
];

/** Clients whose session ended for good, each with what it should have been told. */
let victims: Promise<{ told: unknown; expected: unknown }>[] = [];
const victim = { parts: [{ text: 'victim' }] };

async function loseOne(on: Emulator, code: number, reason: string): Promise<{ told: unknown; expected: unknown }> {
  const client = await TestClient.openSession(under.url, { model: `models/${model}`, systemInstruction: victim });
  for (const session of on.sessions()) if (isVictim(session)) session.close(code, reason);
  return { told: await client.closed, expected: { code, reason } };
}

function isVictim(session: EmulatorSession): boolean {
  return (session.report().setup as { systemInstruction?: unknown } | null)?.systemInstruction !== undefined;
}

/** The connections of the two that talk. */
function open(on: Emulator): readonly EmulatorSession[] {
  return on.sessions().filter((session) => session.report().close === null && !isVictim(session));
}

function answerTo({ input }: BrainTurn): string {
  const last = input.at(-1);
  return last?.type === 'text' ? `You wrote ${last.text} to me.` : 'I heard you speak to me.';
}

test('ten minutes with goAway every 20 s and every close of Gemini’s: nobody is cut off, no typed turn is lost or doubled', {
  timeout: 60_000,
}, async () => {
  let token = 0;
  victims = [];
  const histories = new Map<string, readonly string[]>();
  emulator = await startEmulator({
    timeScale,
    // Warned 20 s after its begin, closed 10 s later.
    maxConnectionSeconds: 30,
    goAwayNoticeSeconds: 10,
    // A token is good for connecting for one minute only.
    authenticate: ({ bearer }) =>
      bearer === `token-${token}` ? null : { closeCode: 1008, reason: 'expired', path: '' },
    brain: {
      respond: (turn) => {
        // What is told and what is typed, without an answer between, is one turn in the model's memory.
        const said = turn.history.flatMap(({ text }) => text.split('\n'));
        const now = turn.input.flatMap((one) => (one.type === 'text' ? [one.text] : []));
        const [who = 'nobody'] = now.flatMap((one) => /(\w+)-\d+/.exec(one)?.[1] ?? []).slice(-1);
        histories.set(who, [...said, ...now]);
        return [{ type: 'say', text: answerTo(turn) }];
      },
    },
  });
  under = await startTestProxy({
    upstream: endpoint({ url: emulator.url, headers: async () => ({ authorization: `Bearer token-${token}` }) }),
    authenticate: () => ({ id: 'ana' }),
    continuity: { clock: scaledClock },
  });
  const beganMs = scaledClock.monotonic();
  const isOver = () => scaledClock.monotonic() - beganMs > talkSeconds * 1_000;
  const [phrase] = await loadFixturePhrases();
  const samples = phrase?.samples ?? new Int16Array();

  const ai = new GoogleGenAI({ apiKey: 'ticket', httpOptions: { baseUrl: under.url.replace('ws:', 'http:') } });
  let session: Session | undefined;
  const official = new Talk(
    'sdk',
    ({ clientContent, realtimeInput }: { clientContent?: never; realtimeInput?: never }) =>
      clientContent === undefined
        ? session?.sendRealtimeInput(realtimeInput ?? {})
        : session?.sendClientContent(clientContent),
  );
  session = await ai.live.connect({
    model,
    config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, inputAudioTranscription: {} },
    callbacks: {
      onmessage: (message) => official.take(message),
      onclose: () => {
        official.closed = true;
      },
    },
  });

  const client = await TestClient.openSession(under.url, {
    model: `models/${model}`,
    generationConfig: { responseModalities: ['AUDIO'] },
    outputAudioTranscription: {},
  });
  const raw = new Talk('raw', (message) => client.send(message));
  client.socket.on('message', (data: Buffer) => raw.take(JSON.parse(data.toString())));

  const everyMs = (talkSeconds * 1_000) / (faults.length + 1);
  let next = 0;
  const disturb = () => {
    token += next % 3 === 0 ? 1 : 0;
    faults[next]?.(emulator);
    next += 1;
    if (next < faults.length) scaledClock.setTimer(everyMs, disturb);
  };
  scaledClock.setTimer(everyMs, disturb);
  await Promise.all([official.run(samples, isOver), raw.run(samples, isOver)]);

  expect(next).toBe(faults.length);
  const lost = await Promise.all(victims);
  expect(lost.map(({ told }) => told)).toEqual(lost.map(({ expected }) => expected));
  expect(lost.length).toBe(GEMINI_CLOSES.filter(({ class: kind }) => kind === 'fatal').length);
  expect(official.closed).toBe(false);
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  for (const [talk, name] of [
    [official, 'sdk'],
    [raw, 'raw'],
  ] as const) {
    const all = Array.from({ length: talk.asked }, (_, index) => `${name}-${index + 1}`);
    expect(talk.answered).toEqual(all);
    expect(talk.asked).toBeGreaterThan(5);
    expect(talk.spokenAnswers).toBeGreaterThan(0);
    // What the model remembers in the end, over all connections and handles: each text once.
    const remembered = (histories.get(name) ?? []).filter((text) => /^\w+-\d+$/.test(text));
    expect(remembered).toEqual(all.slice(0, remembered.length));
    expect(remembered.length).toBeGreaterThanOrEqual(all.length - 1);
  }
  const states = under.events.flatMap((event) => (event.type === 'continuityChanged' ? [event.state] : []));
  for (const state of ['leaving', 'reconnecting', 'resumed', 'restarted']) expect(states).toContain(state);
  expect(states.filter((state) => state === 'failed').length).toBe(victims.length);
  expect(states.filter((state) => state === 'leaving').length).toBeGreaterThan(10);
  session.close();
  client.socket.close();
});
