import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';

const TONE_HZ = 440;
const STRICT_POLICY = "default-src 'self'; script-src 'self'; media-src 'self'; img-src 'self' data:";

let folder: string;
let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

/** Ten seconds of a tone, 48 kHz mono: it repeats without a seam. */
function toneWav(): Buffer {
  const samples = 480_000;
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(48_000, 24);
  wav.writeUInt32LE(96_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(2 * samples, 40);
  for (let n = 0; n < samples; n++) {
    wav.writeInt16LE(Math.round(16_384 * Math.sin((2 * Math.PI * TONE_HZ * n) / 48_000)), 44 + 2 * n);
  }
  return wav;
}

async function servePage(): Promise<Server> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('pages/media/main.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const worklet = (name: string) =>
    readFile(fileURLToPath(import.meta.resolve(`@colloquy/live-client/worklets/${name}`)));
  const started = createServer(async (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    const name = /^\/worklets\/(\w+-work(?:let|er)\.js)$/.exec(path)?.[1];
    if (path === '/page.js' || name) {
      response.setHeader('content-type', 'text/javascript');
      response.end(name ? await worklet(name) : script);
      return;
    }
    if (path === '/strict') response.setHeader('content-security-policy', STRICT_POLICY);
    response.setHeader('content-type', 'text/html');
    response.statusCode = path === '/' || path === '/strict' ? 200 : 404;
    response.end(
      '<!doctype html><link rel="icon" href="data:,"><title>media</title><button>Hear</button><script src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return started;
}

/** Frequency of the strongest tone, and how much of the power it is, found by fitting around the expected pitch. */
function pitchOf(samples: readonly number[], sampleRate: number, expected: number) {
  let best = { frequency: 0, share: 0 };
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  for (let frequency = expected - 20; frequency <= expected + 20; frequency += 0.5) {
    let [sine, cosine] = [0, 0];
    for (const [n, sample] of samples.entries()) {
      sine += sample * Math.sin((2 * Math.PI * frequency * n) / sampleRate);
      cosine += sample * Math.cos((2 * Math.PI * frequency * n) / sampleRate);
    }
    const share = (2 * (sine * sine + cosine * cosine)) / samples.length ** 2 / power;
    if (share > best.share) best = { frequency, share };
  }
  return { ...best, rms: Math.sqrt(power) };
}

/**
 * The best of pieces of a quarter of a second: a busy machine drops samples of its fake device, which turns the phase there.
 * A device read at a wrong rate is 8 % off in every piece, and what is lost between blocks is lost in every piece too.
 */
function bestPitchOf(samples: readonly number[], sampleRate: number, expected: number) {
  const length = sampleRate / 4;
  const pieces = Array.from({ length: Math.floor(samples.length / length) }, (_, n) =>
    pitchOf(samples.slice(n * length, (n + 1) * length), sampleRate, expected),
  );
  return pieces.reduce((best, piece) => (piece.share > best.share ? piece : best));
}

describe.skipIf(skipReason)(`sound and pictures in a real browser${skipReason}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-media-'));
    const wav = join(folder, 'tone.wav');
    await writeFile(wav, toneWav());
    server = await servePage();
    browser = await launchChromium([`--use-file-for-fake-audio-capture=${wav}`]);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await open('/');
  });

  afterEach(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });

  const open = (path: string) => page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

  it('makes 20 ms frames of 16 kHz at the right pitch from a microphone', async () => {
    const { frames, states, level } = await page.evaluate(async () => {
      const microphone = new window.media.Microphone({
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
      });
      const states: string[] = [];
      microphone.on('stateChanged', ({ state }) => states.push(state.status));
      await microphone.start();
      const frames = await window.media.frames(microphone, 50);
      const { level } = microphone;
      microphone.stop();
      return { frames, states, level };
    });
    expect(states).toEqual(['starting', 'on', 'off']);
    expect(frames.every((frame) => frame.samples.length === 320)).toBe(true);
    const times = frames.map((frame) => frame.mediaTime);
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + 320 * index));
    expect(frames.every((frame) => frame.voice)).toBe(true);
    const samples = frames.flatMap((frame) => frame.samples.map((sample) => sample / 32_768));
    const pitch = bestPitchOf(samples, 16_000, TONE_HZ);
    expect(Math.abs(pitch.frequency - TONE_HZ)).toBeLessThanOrEqual(1);
    // 40 dB of the tone over everything else.
    expect(pitch.share).toBeGreaterThan(0.9999);
    expect(pitch.rms).toBeGreaterThan(0.3);
    expect(level).toBeGreaterThan(0.2);
  });

  it('hears the same pitch with echo cancellation, noise suppression and gain control on', async () => {
    const samples = await page.evaluate(async () => {
      const microphone = new window.media.Microphone();
      await microphone.start();
      const frames = await window.media.frames(microphone, 50);
      await microphone.dispose();
      return frames.flatMap((frame) => frame.samples.map((sample) => sample / 32_768));
    });
    const pitch = bestPitchOf(samples, 16_000, TONE_HZ);
    expect(Math.abs(pitch.frequency - TONE_HZ)).toBeLessThanOrEqual(1);
    expect(pitch.share).toBeGreaterThan(0.95);
  });

  it('ends a burst when muted and goes on when unmuted', async () => {
    const bursts = await page.evaluate(async () => {
      const microphone = new window.media.Microphone();
      await microphone.start();
      await window.media.frames(microphone, 5, 0);
      const last = window.media.frames(microphone, 1, 0);
      microphone.setMuted(true);
      const ended = (await last)[0];
      microphone.setMuted(false);
      const next = (await window.media.frames(microphone, 1, 0))[0];
      microphone.stop();
      return { ended, next };
    });
    expect(bursts.ended).toMatchObject({ endOfBurst: true, voice: false });
    expect(bursts.next?.endOfBurst).toBe(false);
    expect(bursts.next?.mediaTime).toBeGreaterThan(bursts.ended?.mediaTime ?? Number.POSITIVE_INFINITY);
  });

  it('plays what is pushed, at the right pitch, and counts it', async () => {
    const { heard, contextRate, statistics, levelWhile } = await page.evaluate(async () => {
      const { context, recording } = await window.media.audibleContext();
      const speaker = new window.media.Speaker({ audioContext: context });
      await speaker.resume();
      const source = speaker.source('model', { sampleRate: 24_000 });
      const tone = Int16Array.from({ length: 48_000 }, (_, n) => 16_384 * Math.sin((2 * Math.PI * 500 * n) / 24_000));
      for (let at = 0; at < tone.length; at += 960) source.push(tone.subarray(at, at + 960), { turn: 1 });
      source.end();
      let levelWhile = 0;
      const until = async (condition: (statistics: Awaited<ReturnType<typeof source.statistics>>) => boolean) => {
        for (;;) {
          const statistics = await source.statistics();
          levelWhile = Math.max(levelWhile, source.level);
          if (condition(statistics)) return statistics;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const statistics = await until(({ playedThroughTurn }) => playedThroughTurn === 1);
      const heard = await recording();
      await speaker.dispose();
      return { heard, contextRate: context.sampleRate, statistics, levelWhile };
    });
    expect(statistics).toMatchObject({
      receivedSamples: 48_000,
      playedSamples: 48_000,
      droppedSamples: 0,
      underruns: 0,
      queuedMs: 0,
    });
    expect(statistics.playedRms).toBeCloseTo(0.5 / Math.SQRT2, 2);
    expect(statistics.playedPeak).toBeCloseTo(0.5, 1);
    expect(levelWhile).toBeCloseTo(0.5 / Math.SQRT2, 1);
    // A third of a second from its middle.
    const pitch = pitchOf(heard.slice(contextRate, contextRate + 16_384), contextRate, 500);
    expect(pitch.frequency).toBeCloseTo(500, 0);
    expect(pitch.share).toBeGreaterThan(0.9999);
  });

  it('is silent after an interruption although much more was waiting, and plays the next turn', async () => {
    const result = await page.evaluate(async () => {
      const { context, heard } = await window.media.audibleContext();
      const speaker = new window.media.Speaker({ audioContext: context });
      await speaker.resume();
      const source = speaker.source('model', { sampleRate: 24_000 });
      const seconds = (count: number) =>
        Int16Array.from({ length: 24_000 * count }, (_, n) => 16_384 * Math.sin((2 * Math.PI * 500 * n) / 24_000));
      const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
      const isSilent = () => heard(512).every((sample) => sample === 0);
      source.push(seconds(60), { turn: 1 });
      while (isSilent()) await pause();
      const before = await source.statistics();
      source.interrupt(1);
      source.push(seconds(1), { turn: 1 });
      while (!isSilent()) await pause();
      const after = await source.statistics();
      source.push(seconds(1), { turn: 2 });
      while (isSilent()) await pause();
      await speaker.dispose();
      return { before, after };
    });
    expect(result.before.queuedMs).toBeGreaterThan(10_000);
    expect(result.after.queuedMs).toBe(0);
    expect(result.after.playedSamples + result.after.droppedSamples).toBe(61 * 24_000);
  });

  it('plays several people and the model at once', async () => {
    const { heard, contextRate } = await page.evaluate(async () => {
      const { context, recording } = await window.media.audibleContext();
      const speaker = new window.media.Speaker({ audioContext: context });
      await speaker.resume();
      const tone = (frequency: number, sampleRate: number) =>
        Int16Array.from(
          { length: 2 * sampleRate },
          (_, n) => 8_192 * Math.sin((2 * Math.PI * frequency * n) / sampleRate),
        );
      const people = speaker.source('ana', { sampleRate: 16_000, live: false });
      const model = speaker.source('model', { sampleRate: 24_000 });
      people.push(tone(300, 16_000));
      model.push(tone(700, 24_000));
      for (const source of [people, model]) source.end();
      for (const [source, rate] of [[people, 16_000] as const, [model, 24_000] as const]) {
        while ((await source.statistics()).playedSamples < 2 * rate) await new Promise((done) => setTimeout(done, 20));
      }
      const heard = await recording();
      await speaker.dispose();
      return { heard, contextRate: context.sampleRate };
    });
    // Both are loaded by the end of the first second, and neither is over before the end of the second one.
    const both = heard.slice(contextRate, contextRate + 16_384);
    for (const frequency of [300, 700]) {
      const pitch = pitchOf(both, contextRate, frequency);
      expect(pitch.frequency).toBeCloseTo(frequency, 0);
      expect(pitch.share).toBeGreaterThan(0.4);
    }
  });

  it('takes JPEG pictures of a camera, and a snapshot', async () => {
    const { pictures, snapshot, hasStream, tracks } = await page.evaluate(async () => {
      const camera = new window.media.Camera();
      await camera.start({ framesPerSecond: 5 });
      const hasStream = camera.stream?.active === true;
      const track = camera.stream?.getVideoTracks()[0];
      const pictures = await window.media.pictures(camera, 4);
      const { bytes, width, height } = await camera.snapshot();
      camera.stop();
      return { pictures, snapshot: { length: bytes.length, width, height }, hasStream, tracks: track?.readyState };
    });
    expect(hasStream).toBe(true);
    expect(tracks).toBe('ended');
    for (const picture of pictures) {
      expect(picture.type).toBe('ff d8 ff');
      expect(Math.max(picture.width, picture.height)).toBe(768);
      expect(picture.width / picture.height).toBeCloseTo(16 / 9, 1);
    }
    const times = pictures.map((picture) => picture.mediaTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(snapshot).toMatchObject({ width: pictures[0]?.width, height: pictures[0]?.height });
  });

  it('takes pictures of a screen', async () => {
    const pictures = await page.evaluate(async () => {
      const screen = new window.media.ScreenShare();
      await screen.start({ framesPerSecond: 5 });
      const pictures = await window.media.pictures(screen, 1);
      screen.stop();
      return pictures;
    });
    expect(pictures[0]).toMatchObject({ type: 'ff d8 ff' });
    expect(Math.max(pictures[0]?.width ?? 0, pictures[0]?.height ?? 0)).toBeLessThanOrEqual(768);
  });

  it('takes pictures of a camera and a screen at the same time, and ends each for itself', async () => {
    const { both, alone, status } = await page.evaluate(async () => {
      const { Camera, ScreenShare, pictures } = window.media;
      const [camera, screen] = [new Camera(), new ScreenShare()];
      await Promise.all([camera.start({ framesPerSecond: 5 }), screen.start({ framesPerSecond: 5 })]);
      const both = await Promise.all([pictures(camera, 2), pictures(screen, 1)]);
      camera.stop();
      const { width, height } = await screen.snapshot();
      const status = [camera.state.status, screen.state.status];
      screen.stop();
      return { both: both.flat(), alone: { width, height }, status };
    });
    expect(both.map(({ type }) => type)).toEqual(['ff d8 ff', 'ff d8 ff', 'ff d8 ff']);
    expect(Math.max(alone.width, alone.height)).toBeLessThanOrEqual(768);
    expect(status).toEqual(['off', 'on']);
  });

  it('plays through another output device, and explains one that there is not', async () => {
    const { speakers, played, failure } = await page.evaluate(async () => {
      const microphone = new window.media.Microphone();
      await microphone.start();
      const { speakers } = await window.media.listDevices();
      microphone.stop();
      const speaker = new window.media.Speaker();
      await speaker.resume();
      const other = speakers.find(({ deviceId }) => deviceId !== 'default' && deviceId !== '');
      if (other) await speaker.setOutputDevice(other.deviceId);
      const source = speaker.source('model', { sampleRate: 24_000 });
      source.push(new Int16Array(12_000).fill(8_000));
      source.end();
      while ((await source.statistics()).playedSamples < 12_000) await new Promise((done) => setTimeout(done, 20));
      const { playedSamples: played } = await source.statistics();
      const failure = await speaker.setOutputDevice('nowhere').catch(({ code, hint }) => ({ code, hint }));
      await speaker.dispose();
      return { speakers: speakers.length, played, failure };
    });
    expect(speakers).toBeGreaterThan(0);
    expect(played).toBe(12_000);
    expect(failure).toMatchObject({
      code: 'ERR_OUTPUT_DEVICE',
      hint: expect.stringContaining('List the devices again'),
    });
  });

  it('explains a microphone that the person does not allow, and lists devices by name once allowed', async () => {
    const devices = await page.evaluate(async () => {
      const microphone = new window.media.Microphone();
      await microphone.start();
      const devices = await window.media.listDevices();
      microphone.stop();
      return devices;
    });
    expect(devices.microphones.length).toBeGreaterThan(0);
    expect(devices.microphones[0]?.label).toMatch(/fake/i);

    const failure = await page.evaluate(async () => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Permission denied', 'NotAllowedError');
      };
      const microphone = new window.media.Microphone();
      await microphone.start().catch(() => {});
      const { status, error } = microphone.state;
      return { status, code: error?.code, hint: error?.hint };
    });
    expect(failure).toMatchObject({ status: 'failed', code: 'ERR_MICROPHONE_DENIED' });
    expect(failure.hint).toContain('address bar');
  });

  it('works with worklet files under a policy that forbids blob: and eval, and explains itself without them', async () => {
    await open('/strict');
    const result = await page.evaluate(async () => {
      const workletUrl = '/worklets';
      const microphone = new window.media.Microphone({ workletUrl });
      await microphone.start();
      let frames = await window.media.frames(microphone, 5, 0);
      // One that gives nothing gives zeros.
      while (!frames.some(({ samples }) => samples.some((sample) => Math.abs(sample) > 30))) {
        frames = await window.media.frames(microphone, 5, 0);
      }
      microphone.stop();

      const speaker = new window.media.Speaker({ workletUrl });
      await speaker.resume();
      const source = speaker.source('model', { sampleRate: 24_000 });
      source.push(new Int16Array(12_000).fill(8_000));
      source.end();
      while ((await source.statistics()).playedSamples < 12_000) await new Promise((done) => setTimeout(done, 20));
      const statistics = await source.statistics();
      await speaker.dispose();

      const inline = new window.media.Microphone();
      await inline.start().catch(() => {});
      const { code, hint } = inline.state.error ?? {};
      return { lengths: frames.map((frame) => frame.samples.length), statistics, inline: { code, hint } };
    });
    expect(result.lengths).toEqual([320, 320, 320, 320, 320]);
    expect(result.statistics).toMatchObject({ playedSamples: 12_000, underruns: 0 });
    expect(result.inline).toMatchObject({ code: 'ERR_WORKLET_LOAD', hint: expect.stringMatching(/workletUrl/) });
  });

  it.each([
    ['in a worker made from memory', '/', undefined, 'blob:'],
    [
      'in a worker from its file under a policy that forbids blob:',
      '/strict',
      '/worklets',
      '/worklets/picture-worker.js',
    ],
    ['on the page where the policy lets no worker be made', '/strict', undefined, null],
  ])('encodes pictures %s', async (_where, path, workletUrl, worker) => {
    await open(path);
    const result = await page.evaluate(async (workletUrl) => {
      const camera = new window.media.Camera({ workletUrl });
      const videos: { codec: string; isKey: boolean; width: number }[] = [];
      camera.on('videoTaken', ({ codec, isKey, width }) => videos.push({ codec, isKey, width }));
      camera.setVideo({ codec: 'vp8', maxSide: 320, framesPerSecond: 15, bitsPerSecond: 200_000 });
      await camera.start({ framesPerSecond: 5 });
      const [picture] = await window.media.pictures(camera, 1);
      while (videos.length < 5) await new Promise((done) => setTimeout(done, 20));
      const deltas = videos.filter(({ isKey }) => !isKey).length;
      camera.requestKeyFrame();
      const before = videos.length;
      while (!videos.slice(before).some(({ isKey }) => isKey)) await new Promise((done) => setTimeout(done, 20));
      camera.setVideo({ codec: 'jpeg', maxSide: 160, framesPerSecond: 5, bitsPerSecond: 0 });
      while (videos.at(-1)?.codec !== 'jpeg') await new Promise((done) => setTimeout(done, 20));
      const { width } = await camera.snapshot();
      return { picture, first: videos[0], last: videos.at(-1), deltas, width, camera: camera.state.status };
    }, workletUrl);
    const workers = page.workers().map((one) => one.url());
    expect(result).toMatchObject({
      picture: { type: 'ff d8 ff', width: 768 },
      first: { codec: 'vp8', isKey: true, width: 320 },
      last: { codec: 'jpeg', isKey: true, width: 160 },
      width: 768,
      camera: 'on',
    });
    expect(result.deltas).toBeGreaterThan(0);
    expect(workers).toEqual(worker === null ? [] : [expect.stringContaining(worker)]);
  });

  it('tells that a camera ended by itself, and leaves no worker behind', async () => {
    const told = await page.evaluate(async () => {
      const camera = new window.media.Camera();
      const ends: (string | undefined)[] = [];
      camera.on('ended', ({ error }) => ends.push(error?.code));
      await camera.start({ framesPerSecond: 5 });
      await window.media.pictures(camera, 1);
      camera.stream?.getVideoTracks()[0]?.dispatchEvent(new Event('ended'));
      return { ends, status: camera.state.status, code: camera.state.error?.code, stream: camera.stream };
    });
    expect(told).toEqual({ ends: ['ERR_CAMERA_LOST'], status: 'failed', code: 'ERR_CAMERA_LOST', stream: null });
    await expect.poll(() => page.workers()).toEqual([]);
  });

  it('waits for a gesture where the browser wants one, and then plays what was not missed meanwhile', async () => {
    const careful = await launchChromium(['--autoplay-policy=document-user-activation-required']);
    try {
      page = await careful.newPage();
      await open('/?early');
      await page.waitForFunction(() => window.early !== undefined);
      expect(await page.evaluate(() => window.early?.told)).toEqual([false]);
      await page.click('button');
      await page.waitForFunction(() => window.early?.told.at(-1) === true);
      await page.waitForFunction(async () => ((await window.early?.statistics())?.playedSamples ?? 0) > 2_400);
    } finally {
      await careful.close();
    }
  });

  it('leaves no context, track or timer running after it was disposed', async () => {
    const open = await page.evaluate(async () => {
      const contexts: AudioContext[] = [];
      const Original = AudioContext;
      window.AudioContext = class extends Original {
        constructor(options?: AudioContextOptions) {
          super(options);
          contexts.push(this);
        }
      };
      const microphone = new window.media.Microphone();
      const speaker = new window.media.Speaker();
      const camera = new window.media.Camera();
      await Promise.all([microphone.start(), camera.start(), speaker.resume()]);
      const tracks = camera.stream?.getTracks() ?? [];
      let pictures = 0;
      camera.on('pictureTaken', () => {
        pictures += 1;
      });
      await Promise.all([microphone.dispose(), speaker.dispose(), camera.dispose()]);
      return {
        contexts: contexts.map((context) => context.state),
        tracks: tracks.map((track) => track.readyState),
        pictures,
      };
    });
    // The one of the speaker: the microphone has none here.
    expect(open).toEqual({ contexts: ['closed'], tracks: ['ended'], pictures: 0 });
  });
});
