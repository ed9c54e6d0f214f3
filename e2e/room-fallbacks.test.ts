import { MediaCodec, type MediaFrame, MediaKind, parseMediaFrame } from '@colloquy/live-protocol';
import { startStudio } from '@colloquy/studio';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { type Colour, installFakeCamera, isNear, shownPicture } from './support/fake-camera.ts';
import { hum } from './support/fake-microphone.ts';
import { listenToOutput, tonesAtOutput } from './support/heard-output.ts';
import { Guest } from './support/studio-page.ts';

interface Person {
  readonly guest: Guest;
  readonly colour: Colour;
  readonly id: string;
  /** Media frames that came, in order. */
  readonly came: MediaFrame[];
}

const STEP_MS = 300_000;
const TONE_HZ = 890;

describe.skipIf(skipReason)(`what people in a room are sent${skipReason}`, { timeout: STEP_MS }, () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof startStudio>>;
  let path = '/';

  beforeAll(async () => {
    studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
    browser = await launchChromium();
  }, STEP_MS);

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  async function join(name: string, colour: Colour, prepare = async (_: BrowserContext) => {}): Promise<Person> {
    const came: MediaFrame[] = [];
    const guest = await Guest.arrive(browser, studio.url, name, path, async (context, page) => {
      await listenToOutput(context);
      // More often than any rate that is sent, so that each picture that is taken is another one.
      await installFakeCamera(context, colour, 30);
      await prepare(context);
      keepFrames(page, came);
    });
    if (path === '/') path = await guest.createRoom('Panel');
    else await guest.enter();
    await guest.turnOnDevices();
    const id = await guest.page.evaluate(() => window.__colloquy?.client.getSnapshot().self?.participantId ?? '');
    return { guest, colour, id, came };
  }

  async function hears(listener: Person, talker: Person): Promise<void> {
    await listener.guest.page.evaluate(() => {
      if (window.__colloquy) window.__colloquy.client.media('model').muted = true;
    });
    await hum(talker.guest.page, TONE_HZ);
    await eventually(`${listener.guest.name} hears ${talker.guest.name}`, async () => {
      const [amplitude = 0] = await tonesAtOutput(listener.guest.page, [TONE_HZ]);
      return amplitude > 0.1;
    });
    await hum(talker.guest.page, 0);
  }

  const sees = (watcher: Person, shown: Person) =>
    eventually(`${watcher.guest.name} sees ${shown.guest.name}`, async () => {
      const picture = await shownPicture(watcher.guest.page, shown.id);
      return picture !== null && isNear(picture.colour, shown.colour);
    });

  /** They see and hear each other. */
  async function meet(ana: Person, ben: Person): Promise<void> {
    for (const [one, other] of [
      [ana, ben],
      [ben, ana],
    ] as const) {
      await sees(one, other);
      await hears(one, other);
    }
  }

  it('is PCM16, and five JPEGs a second, where one of them has no WebCodecs; Opus, and 15 pictures a second of VP8, once all have', async () => {
    const ana = await join('Ana', [200, 40, 40]);
    const ben = await join('Ben', [40, 180, 60], async (context) => {
      await context.addInitScript(takeWebCodecsAway);
    });
    const beforeBen = ana.came.length;
    await meet(ana, ben);
    await cameAtRate(ana, 5, MediaCodec.jpeg);
    await cameAtRate(ben, 5, MediaCodec.jpeg);
    const codecs = (frames: readonly MediaFrame[], kind: MediaKind) =>
      new Set(frames.filter((frame) => frame.kind === kind).map(({ codec }) => codec));
    for (const frames of [ana.came.slice(beforeBen), ben.came]) {
      expect(codecs(frames, MediaKind.personAudio)).toEqual(new Set([MediaCodec.pcm16k]));
      expect(codecs(frames, MediaKind.peoplePicture)).toEqual(new Set([MediaCodec.jpeg]));
    }
    expect(ben.guest.complaints).toEqual([]);

    await ben.guest.close();
    await ana.guest.until('Ben is gone', ({ participants }) => participants.every(({ name }) => name !== 'Ben'));
    const withoutBen = ana.came.length;
    const cleo = await join('Cleo', [50, 70, 210]);
    await meet(ana, cleo);
    await cameAtRate(ana, 15, MediaCodec.vp8);
    await cameAtRate(cleo, 15, MediaCodec.vp8);
    expect(codecs(ana.came.slice(withoutBen), MediaKind.personAudio)).toContain(MediaCodec.opus);
    const size = await cleo.guest.page.evaluate((id) => {
      const { width, height } = window.__colloquy?.client.media(id).camera ?? {};
      return [width, height];
    }, ana.id);
    expect(size).toEqual([320, 180]);
    expect([...ana.guest.complaints, ...cleo.guest.complaints]).toEqual([]);
  });
});

/**
 * Waits for a second, by the clock of the camera, in which as many pictures were taken as the rate says. A busy machine
 * leaves pictures out, but there are never more of them than the rate.
 */
async function cameAtRate({ guest, came }: Person, perSecond: number, codec: MediaCodec): Promise<void> {
  const times = () =>
    came
      .filter((frame) => frame.kind === MediaKind.peoplePicture && frame.codec === codec)
      .map(({ mediaTime }) => mediaTime);
  const interval = 1_000 / perSecond;
  await eventually(
    () => `${guest.name} gets ${perSecond} pictures in a second; they were taken at ${times().join(' ')}`,
    () =>
      times().length > 4 * perSecond &&
      times().some((at, n, all) => Math.abs((all[n + perSecond] ?? Number.NaN) - at - 1_000) < interval / 2),
  );
  const [first = 0] = times();
  const taken = times().length - 1;
  expect(taken / (((times().at(-1) ?? 0) - first) / 1_000)).toBeLessThan(perSecond * 1.1);
}

/** What a browser without WebCodecs does not have; the worker of the pictures only makes JPEGs then. */
function takeWebCodecsAway(): void {
  for (const name of [
    ...['AudioData', 'AudioDecoder', 'AudioEncoder', 'EncodedAudioChunk'],
    ...['VideoFrame', 'VideoDecoder', 'VideoEncoder', 'EncodedVideoChunk', 'ImageDecoder'],
    ...['MediaStreamTrackProcessor', 'MediaStreamTrackGenerator'],
  ]) {
    Reflect.deleteProperty(globalThis, name);
  }
}

function keepFrames(page: Page, came: MediaFrame[]): void {
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string') came.push(parseMediaFrame(new Uint8Array(payload)));
    });
  });
}
