import { MediaCodec, MediaFlag, MediaKind } from '@colloquy/live-protocol';
import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { replaceMicrophone } from './support/fake-microphone.ts';
import { FIREFOX_TEST_MS, firefoxSkipReason, withFirefox } from './support/firefox.ts';
import { installEars } from './support/heard-output.ts';
import { ScriptedModel } from './support/scripted-model.ts';
import { soundPage } from './support/sound-page.ts';

type Studio = Awaited<ReturnType<typeof startStudio>>;

/** Share of the power that is at this frequency, 0 to 1. */
function shareAt(frequency: number, samples: Float32Array, sampleRate: number): number {
  let [sine, cosine, power] = [0, 0, 0];
  for (const [n, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequency * n) / sampleRate;
    sine += sample * Math.sin(angle);
    cosine += sample * Math.cos(angle);
    power += sample * sample;
  }
  return (2 * (sine * sine + cosine * cosine)) / (samples.length * power);
}

/** A page with a conversation, and the model that it talks to. */
async function withConversation(
  browser: Browser,
  body: (page: Page, model: ScriptedModel) => Promise<void>,
): Promise<void> {
  const model = await ScriptedModel.start(await soundPage());
  try {
    const page = await browser.newPage();
    await page.evaluateOnNewDocument(() => {
      Object.defineProperty(AudioContext.prototype, 'outputLatency', {
        get: () => {
          window.latencyAsked = true;
          return 0;
        },
      });
    });
    await page.goto(model.url);
    await page.evaluate(async () => {
      window.sound.current = await window.sound.conversation();
    });
    await body(page, model);
    // Asking for it may hang a page of Firefox for good, see docs/decisions/0015-second-engine.md.
    expect(await page.evaluate(() => window.latencyAsked)).toBeUndefined();
    await page.evaluate(() => window.sound.current?.live.dispose());
  } finally {
    await model.stop();
  }
}

/** A person with a browser profile of their own, who has said their name; `prepare` sees the page before anything is loaded. */
async function arrive(
  browser: Browser,
  studioUrl: string,
  path: string,
  name: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Page> {
  const context = await browser.createBrowserContext();
  // A window of its own: a tab behind another one is hidden, and can neither film nor be clicked.
  const guest = await context.newPage({ type: 'window' });
  // Wide enough to show the people beside the conversation.
  await guest.setViewport({ width: 1_280, height: 720 });
  await guest.evaluateOnNewDocument(() => {
    const came: Record<string, number> = {};
    window.framesThatCame = came;
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', ({ data }) => {
          if (typeof data === 'string') return;
          const [, kind, codec, flags = 0] = new Uint8Array(data);
          for (const what of [`${kind} ${codec}`, `${kind} ${codec} ${flags}`]) came[what] = (came[what] ?? 0) + 1;
        });
      }
    };
  });
  await guest.evaluateOnNewDocument(installEars);
  await prepare(guest);
  await guest.goto(new URL(path, studioUrl).href);
  await guest.locator('[data-testid="name-input"]').fill(name);
  await guest.locator('[data-testid="name-submit"]').click();
  if (path !== '/') await guest.locator('[data-testid="join-now"]').click();
  return guest;
}

/** Amplitude of each tone at the loudspeaker of a page now, 0 to 1. */
const tonesAtOutput = (page: Page, frequencies: readonly number[]) =>
  page.evaluate((asked) => window.__output?.power(asked) ?? [], frequencies);

/** Of the fake microphone of Firefox, which is Ana's. */
const ANA_HZ = 1_000;
const BEN_HZ = 480;

declare global {
  interface Window {
    latencyAsked?: true;
    /** Media frames by kind and codec, and by flags too. */
    framesThatCame?: Record<string, number>;
  }
}

describe.skipIf(firefoxSkipReason)(`a second engine: Firefox${firefoxSkipReason}`, { timeout: FIREFOX_TEST_MS }, () => {
  it('sends 20 ms frames of 16 kHz at the right pitch, and the end of the stream when muted', () =>
    withFirefox((browser) =>
      withConversation(browser, async (page, model) => {
        await page.evaluate(() => window.sound.current?.live.microphone.start());
        // Its fake microphone is a tone of 1 kHz, of which a busy machine drops some: held up in pieces of 120 ms, until half
        // a second is the tone and nothing else.
        const first = 25;
        const inPiece = 6;
        const shares: number[] = [];
        await eventually(
          () => `four pieces are the tone; its share in each: ${shares.map((share) => share.toFixed(3)).join(' ')}`,
          () => {
            const from = first + shares.length * inPiece;
            if (model.frames.length < from + inPiece) return false;
            const samples = model.frames.slice(from, from + inPiece).flatMap((frame) => [...frame.samples]);
            shares.push(
              shareAt(
                1_000,
                Float32Array.from(samples, (sample) => sample / 32_768),
                16_000,
              ),
            );
            return shares.filter((share) => share > 0.99).length >= 4;
          },
        );
        expect(model.frames.every(({ samples }) => samples.length === 320)).toBe(true);
        await page.evaluate(() => window.sound.current?.live.microphone.setMuted(true));
        await eventually('the stream ends', () =>
          model.messages.some((message) => JSON.stringify(message) === '{"realtimeInput":{"audioStreamEnd":true}}'),
        );
      }),
    ));

  it('plays what the model says without a gap, and is silent when it is interrupted', () =>
    withFirefox((browser) =>
      withConversation(browser, async (page, model) => {
        const tone = Int16Array.from({ length: 48_000 }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 500 * n) / 24_000));
        // As one message: how evenly a page gets many is for the tests with Chromium and for the bench.
        model.speak(tone);
        model.say({ serverContent: { generationComplete: true } });
        await eventually('it was heard to its end', () =>
          page.evaluate(() => (window.sound.current?.live.heard.ms ?? 0) >= 1_999),
        );
        const whole = await page.evaluate(() => window.sound.current?.listen());
        expect(whole).toMatchObject({ gaps: 0 });
        expect(whole?.soundMs).toBeGreaterThan(1_900);
        model.say({ serverContent: { turnComplete: true } });
        for (let n = 0; n < 5; n++) model.speak(tone);
        await eventually('the next answer is heard', () =>
          page.evaluate(() => window.sound.current?.live.heard.turn === 2 && window.sound.current.live.heard.ms > 300),
        );
        model.say({ serverContent: { interrupted: true } });
        const soundWithin = (ms: number) => page.evaluate((ms) => window.sound.current?.soundWithin(ms), ms);
        await eventually('it is silent', async () => (await soundWithin(50)) === 0);
        expect(await soundWithin(300)).toBe(0);
      }),
    ));

  it('lets each of two in a room hear the other and never themselves, and carries a text and a picture, as Opus and VP8', () =>
    withFirefox(async (browser) => {
      const studio: Studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
      try {
        const ana = await arrive(browser, studio.url, '/', 'Ana');
        await ana.locator('[data-testid="create-room"]').click();
        await ana.locator('[data-testid="room-name-input"]').fill('Panel');
        await ana.locator('[data-testid="create-room-submit"]').click();
        await ana.locator('[data-testid="join-now"]').click();
        await ana.waitForSelector('[data-testid="room"]');
        const ben = await arrive(browser, studio.url, new URL(ana.url()).pathname, 'Ben', (page) =>
          // Every fake microphone of Firefox is the same tone: Ben's is another one.
          page.evaluateOnNewDocument(replaceMicrophone),
        );
        const anaId = await eventually('Ben sees Ana', () =>
          ben.evaluate(() => {
            const people = window.__colloquy?.client.getSnapshot().participants ?? [];
            return people.find(({ name }) => name === 'Ana')?.participantId ?? null;
          }),
        );
        await ben.evaluate((frequency) => window.__microphone?.hum(frequency), BEN_HZ);
        for (const page of [ana, ben]) {
          await page.evaluate(async () => {
            const { client } = window.__colloquy ?? {};
            // It answers what it hears, with a voice that has these tones in it too.
            if (client) client.media('model').muted = true;
            await client?.microphone.start();
          });
        }
        await ana.evaluate(() => window.__colloquy?.client.sendText('Can you hear me?', { toModel: false }));
        for (const [name, page, other, own] of [
          ['Ben', ben, ANA_HZ, BEN_HZ],
          ['Ana', ana, BEN_HZ, ANA_HZ],
        ] as const) {
          let heard: number[] = [];
          await eventually(
            () => `${name} hears the tone of the other; its amplitude and that of the own one: ${heard.join(' and ')}`,
            async () => {
              heard = await tonesAtOutput(page, [other, own]);
              expect(heard[1], `${name} hears themselves`).toBeLessThan(0.02);
              // How loud its own tone is Firefox decides, whose noise suppression makes a steady one softer.
              return (heard[0] ?? 0) > 0.03;
            },
          );
        }
        // What one says oneself may come round later than the other is heard: looked for a second more.
        const overAt = performance.now() + 1_000;
        await eventually('a second has gone by', async () => {
          for (const [name, page, own] of [
            ['Ben', ben, BEN_HZ],
            ['Ana', ana, ANA_HZ],
          ] as const) {
            expect((await tonesAtOutput(page, [own]))[0], `${name} hears themselves late`).toBeLessThan(0.02);
          }
          return performance.now() > overAt;
        });
        await eventually('Ben reads Ana', () =>
          ben.evaluate(() => document.body.textContent?.includes('Can you hear me?') ?? false),
        );
        await ana.evaluate(() => window.__colloquy?.client.camera.start({ framesPerSecond: 1 }));
        const seen = new Set<string>();
        await eventually('Ben sees the camera of Ana, whose colour changes', async () => {
          const colour = await ben.evaluate((id) => {
            const video = document.querySelector<HTMLVideoElement>(
              `[data-participant-id="${id}"] video[data-testid="picture"]`,
            );
            if (video?.videoWidth !== 320) return null;
            const drawing = new OffscreenCanvas(1, 1).getContext('2d');
            drawing?.drawImage(video, 0, 0, 1, 1);
            return [...(drawing?.getImageData(0, 0, 1, 1).data ?? [])].slice(0, 3).join(' ');
          }, anaId);
          if (colour !== null) seen.add(colour);
          return seen.size > 3;
        });
        // Most pictures build on those before: a whole one each time would cost many times as much.
        const came = await eventually('more pictures come than whole ones', async () => {
          const came = await ben.evaluate(() => window.framesThatCame ?? {});
          const pictures = `${MediaKind.peoplePicture} ${MediaCodec.vp8}`;
          const whole = came[`${pictures} ${MediaFlag.keyFrame}`] ?? 0;
          return (came[pictures] ?? 0) > 3 + 2 * whole && came;
        });
        expect(came[`${MediaKind.personAudio} ${MediaCodec.opus}`]).toBeGreaterThan(0);
      } finally {
        await studio.close();
      }
    }));
});
