import { setTimeout } from 'node:timers/promises';
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
import { test } from 'vitest';
import { type Clock, endpoint } from '../../src/index.ts';
import { Changes } from '../support/changes.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestProxy, type TestProxy } from '../support/test-proxy.ts';
import { Metronome, pieceMs } from './metronome.ts';

/** Ten minutes pass in thirty seconds. */
const timeScale = 20;
const talkSeconds = 600;

const scaledClock: Clock = {
  now: () => systemClock.now() * timeScale,
  monotonic: () => systemClock.monotonic() * timeScale,
  setTimer: (ms, task) => systemClock.setTimer(ms / timeScale, task),
};

interface Service {
  readonly backend: 'gemini' | 'vertex';
  readonly model: string;
  readonly sdk: (baseUrl: string) => GoogleGenAI;
}

const services: readonly Service[] = [
  {
    backend: 'gemini',
    model: 'gemini-3.8-live',
    sdk: (baseUrl) => new GoogleGenAI({ apiKey: 'sdk', httpOptions: { baseUrl } }),
  },
  {
    backend: 'vertex',
    model: 'gemini-live-2.5-flash-native-audio',
    sdk: (baseUrl) =>
      new GoogleGenAI({ vertexai: true, apiKey: 'sdk', httpOptions: { baseUrl, apiVersion: 'v1beta1' } }),
  },
];

/** Something said aloud. */
interface Phrase {
  /** The answer came to its end. */
  isAnswered: boolean;
  /** A connection broke, or had to be left, before that: then an answer is not promised. */
  isCut: boolean;
}

/** The official SDK, the raw client and the metronome. */
const clients = 3;
/**
 * A text is answered within this, in milliseconds: a resumed session that is deaf is begun again after 8 s, one that falls
 * silent after 32 s, and then the text is asked again. The rest is for machines that are busy.
 */
const longestAnswerMs = 160_000;
/** Longest wait for the answer to a phrase, in milliseconds: much more than it takes. */
const patienceMs = 20_000;
/** So much silence ends whatever was said before it. */
const quietMs = 3_000;
/** A connection is left at a quiet point, within four fifths of the notice; after this it was left without one. */
const leaveMs = 7_500;

/** One side of a conversation: says numbered texts and a phrase now and then, and counts what was answered to its end. */
class Talk {
  /** Texts whose answer came to its end, in their order. */
  readonly answered: string[] = [];
  readonly phrases: Phrase[] = [];
  asked = 0;
  /** Longest wait for the answer to a text, in milliseconds. */
  longestWaitMs = 0;
  closed = false;
  #answer = '';
  #leavingSinceMs: number | null = null;
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
    const phrase = this.phrases.at(-1);
    if (text !== undefined) this.answered.push(text);
    else if (this.#answer !== '' && phrase !== undefined) phrase.isAnswered = true;
    this.#answer = '';
    this.#changes.notify();
  }

  /** Sees what becomes of the connection. */
  observe({ state, code }: { readonly state: string; readonly code: string | null }): void {
    const nowMs = scaledClock.monotonic();
    if (state === 'leaving') this.#leavingSinceMs = nowMs;
    if (state !== 'reconnecting') return;
    const isForced = this.#leavingSinceMs !== null && nowMs - this.#leavingSinceMs > leaveMs;
    this.#leavingSinceMs = null;
    if (code !== null || isForced) this.struck();
  }

  /** Its connection is about to be disturbed. */
  struck(): void {
    const phrase = this.phrases.at(-1);
    if (phrase !== undefined && !phrase.isAnswered) phrase.isCut = true;
  }

  get saidEnough(): boolean {
    return this.asked > 5 && this.phrases.filter(({ isAnswered, isCut }) => isAnswered && !isCut).length > 1;
  }

  async run(samples: Int16Array, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.asked += 1;
      const text = `${this.#name}-${this.asked}`;
      const askedAtMs = scaledClock.monotonic();
      this.#send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });
      await this.#changes.until(() => this.answered.includes(text) || undefined);
      this.longestWaitMs = Math.max(this.longestWaitMs, scaledClock.monotonic() - askedAtMs);
      const phrase: Phrase = { isAnswered: false, isCut: false };
      this.phrases.push(phrase);
      await this.#speak(samples, 100);
      await this.#speak(new Int16Array(16 * patienceMs), 100, () => phrase.isAnswered || phrase.isCut);
      // Half a phrase may have begun on the next connection, and nobody is answered while it lasts: a microphone goes on.
      if (!phrase.isAnswered) await this.#speak(new Int16Array(16 * quietMs), 100);
    }
  }

  /** In pieces and in real time, as a microphone does. */
  async #speak(samples: Int16Array, lengthMs: number, isEnough = () => false): Promise<void> {
    const size = 16 * lengthMs;
    for (let at = 0; at < samples.length && !isEnough(); at += size) {
      const piece = samples.subarray(at, at + size);
      const data = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64');
      this.#send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
      await new Promise<void>((resolve) => void scaledClock.setTimer(lengthMs, resolve));
    }
  }
}

/**
 * Everything that Gemini was seen to close with, and what never says a word. Closes that nothing helps against come on a
 * connection of their own, whose client is to learn of them as they are.
 */
const faults: readonly ((run: Run) => void | Promise<void>)[] = [
  ...GEMINI_CLOSES.filter(({ closeCode }) => closeCode !== 1006).map(
    ({ class: kind, closeCode, reason }) =>
      async (run: Run) => {
        if (kind === 'fatal') run.victims.push(await run.loseOne(closeCode, toCloseReason(reason)));
        else await run.strike((session) => session.close(closeCode, reason));
      },
  ),
  (run) => run.strike((session) => session.inject({ type: 'silence' })),
  (run) => run.strike((session) => session.drop()),
  async (run) => {
    await run.strike((session) => session.drop());
    run.emulator.expireHandles();
  },
];

const roles = ['victim', 'metronome'] as const;

/** Who is on a connection of the service, by the instruction in its setup; `null` for those who talk. */
function roleOf(session: EmulatorSession): (typeof roles)[number] | null {
  const setup = JSON.stringify(session.report().setup ?? null);
  return roles.find((role) => setup.includes(role)) ?? null;
}

/** A proxy before a service, and what is done to them. */
interface Run {
  readonly emulator: Emulator;
  /** Clients whose session ended for good, each with what it should have been told. */
  readonly victims: { told: unknown; expected: unknown }[];
  /** How many connections each fault has hit. */
  readonly hits: number[];
  /** Does something to each connection of those that are to outlive everything, as soon as all of them have one. */
  strike(fault: (session: EmulatorSession) => void): Promise<void>;
  loseOne(code: number, reason: string): Promise<{ told: unknown; expected: unknown }>;
}

/**
 * What is told and what is typed or said since, without an answer between, is one turn of the model: it answers to the text
 * that is new. One that was answered before and comes again alone is answered again, so that it shows.
 */
function answerTo({ input }: BrainTurn, wasAnswered: (text: string) => boolean): string {
  const texts = input.flatMap((one) => (one.type === 'text' ? (one.text.match(/\w+-\d+/g) ?? []) : []));
  const text = texts.findLast((one) => !wasAnswered(one)) ?? (input.at(-1)?.type === 'text' ? texts.at(-1) : undefined);
  return text === undefined ? 'I heard you speak to me.' : `You wrote ${text} to me.`;
}

test.concurrent.for(services)(
  'ten minutes on $backend with goAway every 20 s and every close of Gemini’s: nobody is cut off, no typed turn is lost or doubled, sound is lost only where that is documented',
  { timeout: 120_000 },
  async (service, { expect }) => {
    const { backend, model } = service;
    let token = 0;
    const histories = new Map<string, readonly string[]>();
    const emulator = await startEmulator({
      timeScale,
      // Warned 20 s after its begin, closed 10 s later.
      maxConnectionSeconds: 30,
      goAwayNoticeSeconds: 10,
      // What each of them has heard is counted in the end.
      keepClosedSessions: 1_000,
      // A token is good for connecting for a minute or two only.
      authenticate: ({ bearer }) =>
        bearer === `token-${token}` || bearer === `token-${token - 1}`
          ? null
          : { closeCode: 1008, reason: 'expired', path: '' },
      brain: {
        respond: (turn) => {
          // What is told and what is typed, without an answer between, is one turn in the model's memory.
          const said = turn.history.flatMap(({ text }) => text.split('\n'));
          const now = turn.input.flatMap((one) => (one.type === 'text' ? [one.text] : []));
          const [who = 'nobody'] = now.flatMap((one) => /(\w+)-\d+/.exec(one)?.[1] ?? []).slice(-1);
          histories.set(who, [...said, ...now]);
          const wasAnswered = (text: string) => [official, raw].some(({ answered }) => answered.includes(text));
          return [{ type: 'say', text: answerTo(turn, wasAnswered) }];
        },
      },
    });
    /** Whose session it is, by what opened it. */
    const names = new Map<string, string>();
    let endEarly: (why: string) => void = () => {};
    const endedEarly = new Promise<never>((_, reject) => {
      endEarly = (why) => reject(new Error(`The session of a client ended: ${why}`));
    });
    endedEarly.catch(() => {});
    const states: string[] = [];
    const under: TestProxy = await startTestProxy(
      {
        upstream: endpoint({
          url: emulator.url,
          backend,
          headers: async () => ({ authorization: `Bearer token-${token}` }),
        }),
        authenticate: ({ url, headers, ticket }) => ({
          id: ticket ?? url.searchParams.get('key') ?? headers.get('x-goog-api-key') ?? 'nobody',
        }),
        // Room for all that comes while there is no connection: what is lost then is not lost for want of it.
        continuity: { clock: scaledClock, maxWaitingBytes: 4 * 1024 * 1024 },
      },
      (event) => {
        if (event.type === 'sessionClosed' && names.get(event.sessionId) !== 'victim') endEarly(JSON.stringify(event));
        if (event.type === 'sessionOpened') names.set(event.sessionId, (event.identity as { id: string }).id);
        if (event.type !== 'continuityChanged') return;
        states.push(event.state);
        const name = names.get(event.sessionId);
        if (name === 'sdk') official.observe(event);
        if (name === 'raw') raw.observe(event);
        if (name !== 'metronome') return;
        const session = under.proxy.sessions().find(({ sessionId }) => sessionId === event.sessionId);
        // The first message is the setup.
        metronome.observe(event, (session?.received.messages ?? 1) - 1);
      },
    );
    const connect = async (name: string, instruction?: string) => {
      const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${name}` } });
      client.send({
        setup: {
          model: backend === 'gemini' ? `models/${model}` : model,
          generationConfig: { responseModalities: ['AUDIO'] },
          outputAudioTranscription: {},
          ...(instruction === undefined ? {} : { systemInstruction: { parts: [{ text: instruction }] } }),
        },
      });
      await client.message(0);
      return client;
    };
    const run: Run = {
      emulator,
      victims: [],
      hits: [],
      async strike(fault) {
        const targets = () =>
          emulator.sessions().filter((session) => {
            const { close, setup } = session.report();
            // Whose setup has not come yet is nobody's.
            return close === null && setup !== null && roleOf(session) !== 'victim';
          });
        while (targets().length < clients) await new Promise<void>((resolve) => void scaledClock.setTimer(50, resolve));
        for (const talk of [official, raw]) talk.struck();
        run.hits.push(targets().length);
        for (const session of targets()) fault(session);
      },
      async loseOne(code, reason) {
        const client = await connect('victim', 'victim');
        const told = client.closed;
        let isTold = false;
        void told.then(() => {
          isTold = true;
        });
        // On a slow machine it may be between two connections.
        while (!isTold) {
          const open = emulator.sessions().filter((session) => session.report().close === null);
          for (const session of open) if (roleOf(session) === 'victim') session.close(code, reason);
          await new Promise<void>((resolve) => void scaledClock.setTimer(50, resolve));
        }
        return { told: await told, expected: { code, reason } };
      },
    };
    const beganMs = scaledClock.monotonic();
    let lastFaultAtMs = Number.POSITIVE_INFINITY;
    const isOver = () => {
      const nowMs = scaledClock.monotonic();
      // A slow machine goes on until there is enough to judge.
      const isEnough = official.saidEnough && raw.saidEnough;
      return nowMs - beganMs > talkSeconds * 1_000 && nowMs - lastFaultAtMs > 10_000 && isEnough;
    };
    const [phrase] = await loadFixturePhrases();
    const samples = phrase?.samples ?? new Int16Array();

    let session: Session | undefined;
    const official = new Talk(
      'sdk',
      ({ clientContent, realtimeInput }: { clientContent?: never; realtimeInput?: never }) =>
        clientContent === undefined
          ? session?.sendRealtimeInput(realtimeInput ?? {})
          : session?.sendClientContent(clientContent),
    );
    session = await service.sdk(under.url.replace('ws:', 'http:')).live.connect({
      model,
      config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, inputAudioTranscription: {} },
      callbacks: {
        onmessage: (message) => official.take(message),
        onclose: () => {
          official.closed = true;
        },
      },
    });

    const client = await connect('raw');
    const raw = new Talk('raw', (message) => client.send(message));
    client.socket.on('message', (data: Buffer) => raw.take(JSON.parse(data.toString())));
    const microphone = await connect('metronome', 'metronome');
    const metronome = new Metronome(emulator, microphone, (one) => roleOf(one) === 'metronome');

    const everyMs = (talkSeconds * 1_000) / (faults.length + 1);
    let next = 0;
    /** One after the other: the next one waits for whoever the one before has hit. */
    const disturb = async () => {
      for (const fault of faults) {
        const dueInMs = beganMs + (next + 1) * everyMs - scaledClock.monotonic();
        await new Promise<void>((resolve) => void scaledClock.setTimer(Math.max(0, dueInMs), resolve));
        token += next % 3 === 0 ? 1 : 0;
        await fault(run);
        next += 1;
      }
      lastFaultAtMs = scaledClock.monotonic();
    };
    /** Rejects when the talk should have been over long ago, with what it waits for. */
    const stuck = async () => {
      await setTimeout(110_000, undefined, { ref: false });
      const talks = { official, raw };
      const waits = Object.entries(talks).map(([name, { asked, answered, phrases }]) => ({
        ...{ name, asked, answered: answered.length, phrase: phrases.at(-1) },
      }));
      const open = emulator.sessions().map((one) => one.report());
      const connections = open
        .filter(({ close }) => close === null)
        .map((report) => JSON.stringify(report).slice(-3_000));
      throw new Error(
        `After 110 s: fault ${next} of ${faults.length}, ${JSON.stringify({ waits, hits: run.hits, states: states.slice(-12) })}, open: ${connections.join(' | ')}; ${JSON.stringify(under.proxy.sessions())}`,
      );
    };
    try {
      const talking = [official.run(samples, isOver), raw.run(samples, isOver), metronome.run(scaledClock, isOver)];
      await Promise.race([endedEarly, stuck(), Promise.all([...talking, disturb()])]);

      expect(next).toBe(faults.length);
      // Each fault but the victims' has hit everybody.
      expect(run.hits).toEqual(Array(faults.length - run.victims.length).fill(clients));
      const lost = run.victims;
      expect(lost.map(({ told }) => told)).toEqual(lost.map(({ expected }) => expected));
      expect(lost.length).toBe(GEMINI_CLOSES.filter(({ class: kind }) => kind === 'fatal').length);
      expect(official.closed).toBe(false);
      expect(client.socket.readyState).toBe(client.socket.OPEN);
      expect(microphone.socket.readyState).toBe(microphone.socket.OPEN);
      for (const [talk, name] of [
        [official, 'sdk'],
        [raw, 'raw'],
      ] as const) {
        const all = Array.from({ length: talk.asked }, (_, index) => `${name}-${index + 1}`);
        expect(talk.answered).toEqual(all);
        expect(talk.asked).toBeGreaterThan(5);
        expect(talk.longestWaitMs).toBeLessThan(longestAnswerMs);
        // Whatever was said aloud is answered, unless a connection broke under it.
        const whole = talk.phrases.filter(({ isCut }) => !isCut);
        expect(whole.every(({ isAnswered }) => isAnswered)).toBe(true);
        expect(whole.length).toBeGreaterThan(1);
        // What the model remembers in the end, over all connections and handles: each text once.
        const remembered = (histories.get(name) ?? []).filter((text) => /^\w+-\d+$/.test(text));
        expect(remembered).toEqual(all.slice(0, remembered.length));
        expect(remembered.length).toBeGreaterThanOrEqual(all.length - 1);
      }

      // The last pieces are on their way.
      await expect.poll(() => metronome.heard().has(metronome.sent)).toBe(true);
      const heard = metronome.heard();
      const pieces = Array.from({ length: metronome.sent }, (_, index) => index + 1);
      const unheard = pieces.filter((piece) => !heard.has(piece));
      // The Gemini API does not hear again what was on its way, Vertex does where the session goes on.
      const windows = metronome.breaks.filter(
        ({ code, outcome }) => backend === 'gemini' || outcome === 'restarted' || code === 'ERR_GEMINI_AUDIO_FORMAT',
      );
      const documented = pieces.filter((piece) => windows.some(({ after, upTo }) => piece > after && piece <= upTo));
      expect(unheard.filter((piece) => !documented.includes(piece))).toEqual([]);
      // What is documented is the moment of each break, and no more.
      expect(documented.length).toBeLessThan(metronome.sent / 4);
      expect(metronome.breaks.length).toBeGreaterThan(5);
      expect(metronome.sent).toBeGreaterThan(500);
      console.info(
        `${backend}: of ${metronome.sent * pieceMs} ms of sound ${unheard.length * pieceMs} ms were not heard, ${documented.length * pieceMs} ms may have been lost by what is documented; ${metronome.breaks.length} connections broke; ${run.hits.length} faults hit everybody; texts were answered within ${Math.round(Math.max(official.longestWaitMs, raw.longestWaitMs))} ms, ${official.asked} and ${raw.asked} of them`,
      );

      for (const state of ['leaving', 'reconnecting', 'resumed', 'restarted']) expect(states).toContain(state);
      expect(states.filter((state) => state === 'failed').length).toBe(run.victims.length);
      expect(states.filter((state) => state === 'leaving').length).toBeGreaterThan(10);
    } finally {
      session.close();
      client.socket.close();
      microphone.socket.close();
      await under.close();
      await emulator.close();
    }
  },
);
