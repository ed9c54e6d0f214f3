import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GeminiLiveAPI } from '@colloquy/live-client';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromiumThatHides, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { knownMicrophone, soundBeyond } from './support/microphone-sound.ts';
import { ScriptedModel } from './support/scripted-model.ts';
import { soundPage } from './support/sound-page.ts';

declare global {
  interface Window {
    /** A client with the browser's own devices. */
    plain?: GeminiLiveAPI;
  }
}

const tone = (seconds: number) =>
  Int16Array.from({ length: seconds * 24_000 }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 500 * n) / 24_000));

describe.skipIf(skipReason)(`a tab that is hidden behind another one${skipReason}`, () => {
  let folder: string;
  let browser: Browser;
  let model: ScriptedModel;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-hidden-'));
    browser = await launchChromiumThatHides([await knownMicrophone(folder)]);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    problems = [];
    model = await ScriptedModel.start(await soundPage());
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(model.url);
  });

  afterEach(async () => {
    await page.close();
    await model.stop();
    expect(problems).toEqual([]);
  });

  /** Puts another tab in front for as long as `body` takes. */
  async function hidden(body: () => Promise<unknown>): Promise<void> {
    const other = await browser.newPage();
    await other.bringToFront();
    await eventually('the tab is hidden', () => page.evaluate(() => document.hidden));
    await body();
    expect(await page.evaluate(() => document.hidden)).toBe(true);
    await other.close();
    await page.bringToFront();
    await eventually('the tab is seen again', () => page.evaluate(() => !document.hidden));
  }

  it('goes on hearing and speaking, on the same connection', async () => {
    await page.evaluate(async () => {
      window.sound.current = await window.sound.conversation();
      await window.sound.current.live.microphone.start();
    });
    await soundBeyond(model, 5);
    await hidden(async () => {
      await soundBeyond(model, 100);
      model.speak(tone(2));
      model.say({ serverContent: { generationComplete: true } });
      await eventually('the model is heard to its end', () =>
        page.evaluate(() => (window.sound.current?.live.heard.ms ?? 0) >= 1_999),
      );
      expect((await page.evaluate(() => window.sound.current?.listen()))?.soundMs).toBeGreaterThan(1_900);
    });
    await soundBeyond(model, 20);
    const { status, told } = await page.evaluate(() => ({
      status: window.sound.current?.live.getSnapshot().connection.status,
      told: window.sound.current?.told,
    }));
    expect(status).toBe('open');
    expect(told).toEqual(['connecting', 'open']);
    expect(model.connections).toBe(1);
    // The stream of the microphone was never ended.
    expect(model.messages.some((message) => 'realtimeInput' in message)).toBe(false);
    await page.evaluate(() => window.sound.current?.live.dispose());
  });

  it('goes on showing its camera to the model', async () => {
    await page.evaluate(async () => {
      window.plain = new window.sound.GeminiLiveAPI({ url: '/live', setup: { model: 'models/gemini-3.8-live' } });
      await window.plain.connect();
      await window.plain.camera.start();
    });
    const picturesBeyond = (count: number) => {
      const pictures = () => model.messages.filter((message) => JSON.stringify(message).includes('image/jpeg')).length;
      const wanted = pictures() + count;
      return eventually(`${count} more pictures arrive`, () => pictures() >= wanted);
    };
    await picturesBeyond(1);
    await hidden(() => picturesBeyond(3));
    await picturesBeyond(1);
    expect(await page.evaluate(() => window.plain?.camera.state.status)).toBe('on');
    expect(model.connections).toBe(1);
    await page.evaluate(() => window.plain?.dispose());
  });
});
