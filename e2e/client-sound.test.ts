import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GeminiLiveAPI, MicrophoneOptions } from '@colloquy/live-client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, loseAudioDevices, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { speakIrregularly } from './support/jittery-speech.ts';
import { likeness } from './support/known-sound.ts';
import { knownMicrophone, soundBeyond } from './support/microphone-sound.ts';
import { fidelity, tapMicrophone, tapped } from './support/microphone-tap.ts';
import { disposeAndLook, watchOpenThings } from './support/open-things.ts';
import { ScriptedModel } from './support/scripted-model.ts';
import { soundPage } from './support/sound-page.ts';

/** The test is short; `pnpm bench:browser` plays 60 s. */
const SPEECH_SECONDS = 8;
const SPREAD_MS = 80;

let folder: string;
let browser: Browser;
let model: ScriptedModel;
let context: BrowserContext;
let page: Page;
let problems: string[];

/** Of a page that may have shared memory. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const devices = ['device-count=2'];

async function open(): Promise<void> {
  context = await browser.newContext({ permissions: ['microphone'] });
  await watchOpenThings(context);
  await tapMicrophone(context);
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(model.url);
}

declare global {
  interface Window {
    /** A conversation with the browser's own devices and output. */
    bare?: { live: GeminiLiveAPI; states: string[] };
  }
}

describe.skipIf(skipReason)(`a conversation in a real browser${skipReason}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-sound-'));
    browser = await launchChromium([
      await knownMicrophone(folder),
      `--use-fake-device-for-media-stream=${devices.join(',')}`,
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    problems = [];
    model = await ScriptedModel.start(await soundPage());
    await open();
  });

  afterEach(async () => {
    await context.close();
    await model.stop();
    expect(problems).toEqual([]);
  });

  /** Both ways of capturing: the one that is chosen here, and that of other browsers. */
  const ways = ['track', 'worklet'] as const;
  const converse = (options: MicrophoneOptions = {}) =>
    page.evaluate(async (microphone) => {
      window.sound.current = await window.sound.conversation(microphone);
    }, options);
  const start = () => page.evaluate(() => window.sound.current?.live.microphone.start());
  const status = () => page.evaluate(() => window.sound.current?.live.getSnapshot().connection.status);

  it.each(ways)(
    'sends what the microphone hears, 20 ms at a time, as the source resampled without a fault, by a %s',
    async (capture) => {
      await converse({ capture });
      await start();
      // A starting device fades in, and a busy machine drops pieces of what its fake device plays: each quarter of a second is
      // held up for itself, until a second and a half of them are without a fault. A fault of ours would be in all of them.
      const first = 50;
      const inPiece = 13;
      const decibels: number[] = [];
      await eventually(
        () => `six pieces are clean; SNR of each: ${decibels.map((value) => value.toFixed(1)).join(' ')} dB`,
        () => {
          const from = first + decibels.length * inPiece;
          if (model.frames.length < from + inPiece) return false;
          const samples = model.frames.slice(from, from + inPiece).flatMap((frame) => [...frame.samples]);
          decibels.push(likeness(Float32Array.from(samples, (n) => n / 32_768).subarray(0, 4_000), 16_000).decibels);
          return decibels.filter((value) => value >= 40).length >= 6;
        },
      );
      // The ten seconds of the recording, in one piece and with one delay, against what the browser gave to the page. A frame
      // that was lost, doubled or late by a sample would leave nothing of the likeness from there on.
      const end = first + 500;
      await eventually('the whole recording has come', () => model.frames.length >= end);
      const heard = model.frames.slice(first, end).flatMap(({ samples }) => [...samples]);
      const seconds = fidelity(
        Float32Array.from(heard, (sample) => sample / 32_768),
        await tapped(page),
        first * 0.02,
      );
      expect(seconds).toHaveLength(10);
      expect(
        Math.min(...seconds),
        `SNR of each second: ${seconds.map((value) => value.toFixed(1)).join(' ')} dB`,
      ).toBeGreaterThan(40);
      expect(model.frames.every(({ samples }) => samples.length === 320)).toBe(true);
    },
  );

  it('plays speech that comes up to 80 ms late without a gap after the first second', async () => {
    await converse();
    // Listens before the first chunk comes: of those that it counts none may be missing.
    const listening = await page.evaluateHandle(
      ({ seconds }) => ({
        worst: new Promise<number>((resolve) => {
          const arrivals: number[] = [];
          const off = window.sound.current?.live.on('audioReceived', ({ samples }) => {
            arrivals.push(performance.now());
            // The first second is for the depth to adapt.
            if (arrivals.length === 25) window.sound.current?.listen();
            if (arrivals.length < (seconds * 24_000) / samples.length) return;
            off?.();
            const first = Math.min(...arrivals.map((at, n) => at - n * 40));
            resolve(Math.max(...arrivals.map((at, n) => at - n * 40 - first)));
          });
        }),
      }),
      { seconds: SPEECH_SECONDS },
    );
    const speech = speakIrregularly(model, SPEECH_SECONDS, SPREAD_MS);
    const worst = await listening.evaluate(({ worst }) => worst);
    await speech;
    await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
    const heard = await page.evaluate(() => window.sound.current?.listen());
    if (!heard) throw new Error('Nothing was heard.');
    // What the machine itself was late by, with chunks beyond what was asked and with rendering beyond a buffer of the
    // output, may be missing; nothing else.
    const stallMs = Math.max(0, worst - SPREAD_MS - 40) + Math.max(0, heard.stallMs - 40);
    expect(heard.longestGapMs).toBeLessThanOrEqual(stallMs);
    if (stallMs === 0) expect(heard.gaps).toBe(0);
    expect(heard.soundMs).toBeGreaterThan((SPEECH_SECONDS - 2) * 900 - heard.gaps * stallMs);
  });

  it.each([
    ['messages', {}],
    ['shared memory', ISOLATED],
  ])(
    'is silent within 20 ms of output after a barge-in, with samples by %s, drops what still comes, and tells what was heard',
    async (_by, headers) => {
      await model.stop();
      model = await ScriptedModel.start(await soundPage(headers));
      await page.goto(model.url);
      await converse();
      const second = Int16Array.from({ length: 24_000 }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 500 * n) / 24_000));
      model.say({
        serverContent: { outputTranscription: { text: 'one two three four five six seven eight nine ten' } },
      });
      for (let n = 0; n < 10; n++) model.speak(second);
      model.say({ serverContent: { generationComplete: true } });
      await eventually('the voice is heard', () =>
        page.evaluate(() => (window.sound.current?.live.heard.ms ?? 0) > 2_500),
      );
      model.say({ serverContent: { interrupted: true } });
      await eventually('the model is cut', () =>
        page.evaluate(() => window.sound.current?.live.getSnapshot().transcript[0]?.state === 'interrupted'),
      );
      const soundWithin = (ms: number) => page.evaluate((ms) => window.sound.current?.soundWithin(ms), ms);
      await eventually('it is silent', async () => (await soundWithin(50)) === 0);
      expect(await soundWithin(300)).toBe(0);
      // Counted on the clock of the output, from the command that left with the message: a slow machine takes longer for both.
      const { soundAfterInterruptionMs } = (await page.evaluate(() => window.sound.current?.listen())) ?? {};
      expect(soundAfterInterruptionMs).toBeLessThanOrEqual(20);
      const [item] = await page.evaluate(() => window.sound.current?.live.getSnapshot().transcript ?? []);
      expect(item?.heardText).toMatch(/^one two/);
      expect(item?.heardText).not.toContain('ten');
      model.speak(second);
      await eventually('the next answer is heard', () =>
        page.evaluate(() => window.sound.current?.live.heard.turn === 2),
      );
    },
  );

  it.each(ways)(
    'switches to another microphone without a new connection and without a lost frame, by a %s',
    async (capture) => {
      await converse({ capture });
      await start();
      await soundBeyond(model, 20);
      const { before, after } = await page.evaluate(async () => {
        const live = window.sound.current?.live;
        const { microphones } = await window.sound.listDevices();
        const before = live?.microphone.state.deviceId;
        const other = microphones.find(({ deviceId }) => deviceId !== before && deviceId !== 'default');
        const times: number[] = [];
        let isSwitched = false;
        let heard = 0;
        live?.microphone.on('frameCaptured', ({ samples, mediaTime, endOfBurst }) => {
          times.push(endOfBurst ? -1 : mediaTime);
          if (isSwitched && samples.some((sample) => Math.abs(sample) > 30)) heard += 1;
        });
        await live?.microphone.start({ deviceId: other?.deviceId });
        isSwitched = true;
        while (heard < 20) await new Promise((done) => setTimeout(done, 20));
        const isWhole = times.every((time, n) => n === 0 || time === (times[n - 1] ?? 0) + 320);
        return { before, after: { ...live?.microphone.state, isWhole, asked: other?.deviceId } };
      });
      expect(after).toMatchObject({ status: 'on', isWhole: true, deviceId: after.asked });
      expect(after.deviceId).not.toBe(before);
      await soundBeyond(model, 20);
      expect(model.connections).toBe(1);
      expect(model.messages.some((message) => 'realtimeInput' in message)).toBe(false);
    },
  );

  it.each(ways)(
    'goes on with another microphone when the one in use goes away, and plays again, by a %s',
    async (capture) => {
      await page.evaluate(async (capture) => {
        const setup = { model: 'models/gemini-3.8-live' };
        const live = new window.sound.GeminiLiveAPI({ url: '/live', setup, microphone: { capture } });
        await live.connect();
        await live.speaker.resume();
        await live.microphone.start();
        const states: string[] = [];
        live.microphone.on('stateChanged', ({ state }) =>
          states.push(`${state.status} ${state.error?.code ?? ''}`.trim()),
        );
        Object.assign(window, { bare: { live, states } });
      }, capture);
      await soundBeyond(model, 20);
      await loseAudioDevices(browser);
      const recovered = () =>
        page.evaluate(() => window.bare?.live.microphone.state.status === 'on' && window.bare.states);
      const states = await eventually('a microphone is on again', async () => {
        const told = await recovered();
        return told && told.length > 0 && told;
      });
      expect(states).toEqual(['starting ERR_MICROPHONE_LOST', 'on']);
      await soundBeyond(model, 20);
      await eventually('the output runs again', () => page.evaluate(() => window.bare?.live.speaker.canPlay ?? false));
      model.speak(Int16Array.from({ length: 24_000 }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 500 * n) / 24_000)));
      await eventually('the model is heard', () => page.evaluate(() => (window.bare?.live.heard.ms ?? 0) > 500));
      expect(model.connections).toBe(1);
      expect(model.messages).toContainEqual({ realtimeInput: { audioStreamEnd: true } });
      await page.evaluate(() => window.bare?.live.dispose());
    },
  );

  it('notices that the network is gone, and continues the session when it is back', async () => {
    await converse();
    await start();
    await soundBeyond(model, 5);
    await context.setOffline(true);
    await eventually('the connection is given up', async () => (await status()) === 'reconnecting');
    expect(await page.evaluate(() => window.sound.current?.live.microphone.state.status)).toBe('on');
    await context.setOffline(false);
    await eventually('the connection is back', async () => (await status()) === 'open');
    await soundBeyond(model, 5);
    expect(model.messages.filter((message) => 'setup' in message).at(-1)).toMatchObject({
      setup: { sessionResumption: { handle: 'handle' } },
    });
  });

  it('continues the session when the server was restarted, with the microphone running on', async () => {
    await converse();
    await start();
    await soundBeyond(model, 5);
    await model.stop();
    await eventually('the connection is lost', async () => (await status()) === 'reconnecting');
    await model.listen();
    await eventually('the connection is back', async () => (await status()) === 'open');
    await soundBeyond(model, 5);
    expect(model.messages.filter((message) => 'setup' in message).at(-1)).toMatchObject({
      setup: { sessionResumption: { handle: 'handle' } },
    });
    expect(await page.evaluate(() => window.sound.current?.told)).toContain('reconnecting');
  });

  it('captures in a worker and without an audio graph where it is not told how, and gives silence on while it is muted', async () => {
    await converse();
    await start();
    await soundBeyond(model, 5);
    expect(page.workers()).toHaveLength(1);
    // The only context is the page's own.
    expect(await page.evaluate(() => window.openThings.contexts.length)).toBe(1);
    const places = await page.evaluate(async () => {
      const places: number[] = [];
      let heard = 0;
      const microphone = window.sound.current?.live.microphone;
      microphone?.on('frameCaptured', ({ samples, mediaTime }) => {
        places.push(mediaTime / 320);
        if (samples.some((sample) => Math.abs(sample) > 30)) heard += 1;
      });
      const until = async (count: number) => {
        while (heard < count) await new Promise((done) => setTimeout(done, 20));
      };
      await until(5);
      microphone?.setMuted(true);
      const muted = places.length;
      await new Promise((done) => setTimeout(done, 500));
      const before = heard;
      microphone?.setMuted(false);
      await until(before + 5);
      return { muted: places[muted - 1] ?? 0, after: places[muted] ?? 0 };
    });
    // The frame that ended the burst, and half a second; one further would be a browser that gave nothing meanwhile.
    expect(places.after - places.muted).toBeGreaterThan(3);
  });

  it('captures by the audio worklet where it is not told how and the policy of the page lets no worker be made', async () => {
    await model.stop();
    model = await ScriptedModel.start(await soundPage({ 'content-security-policy': "worker-src 'none'" }));
    await page.goto(model.url);
    await converse();
    await start();
    await soundBeyond(model, 20);
    expect(page.workers()).toEqual([]);
    // The page's own context, and that of the worklet.
    expect(await page.evaluate(() => window.openThings.contexts.length)).toBe(2);
    await page.evaluate(() => window.sound.current?.live.dispose());
  });

  it.each([
    ['track', []],
    ['worklet', ['closed']],
  ] as const)('leaves no context, track, timer or thread when it is disposed, by a %s', async (capture, contexts) => {
    await converse({ capture });
    await start();
    model.speak(new Int16Array(24_000).fill(1_000));
    await soundBeyond(model, 20);
    const left = await disposeAndLook(page);
    expect(left).toEqual({ timers: 0, contexts, tracks: ['ended'], sockets: [WebSocket.CLOSED] });
    await eventually('its worker is gone', async () => page.workers().length === 0);
  });
});

describe.skipIf(skipReason)(`a microphone that the person does not allow${skipReason}`, () => {
  it('is explained', async () => {
    const denying = await launchChromium(['--deny-permission-prompts'], ['--use-fake-ui-for-media-stream']);
    const server = await ScriptedModel.start(await soundPage());
    try {
      const denied = await denying.newPage();
      await denied.goto(server.url);
      const { status, error } = await denied.evaluate(async () => {
        const microphone = new window.sound.Microphone();
        await microphone.start().catch(() => {});
        const { status, error } = microphone.state;
        return { status, error: { code: error?.code, hint: error?.hint, retryable: error?.retryable } };
      });
      expect({ status, ...error }).toMatchObject({ status: 'failed', code: 'ERR_MICROPHONE_DENIED', retryable: false });
      expect(error.hint).toContain('address bar');
    } finally {
      await denying.close();
      await server.stop();
    }
  });
});
