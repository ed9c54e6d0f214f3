import { startStudio } from '@colloquy/studio';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { type Colour, installFakeCamera, isNear, shownPicture } from './support/fake-camera.ts';
import { showOnScreen } from './support/fake-screen.ts';
import { Keyboard } from './support/keyboard.ts';
import { Guest } from './support/studio-page.ts';
import { LOOKED_AT_ELSEWHERE } from './support/studio-parts.ts';
import { lookAt, lookedAt } from './support/themes.ts';

const GREEN: Colour = [20, 150, 60];
const RED: Colour = [220, 30, 30];
const BLUE: Colour = [30, 40, 220];

describe.skipIf(skipReason)(`what people share and hear in the studio${skipReason}`, () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof startStudio>>;
  let ana: Guest;
  let ben: Guest;
  let anasKeys: Keyboard;
  let bensKeys: Keyboard;
  let path: string;

  beforeAll(async () => {
    studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
    browser = await launchChromium();
    ana = await Guest.arrive(browser, studio.url, 'Ana');
    path = await ana.createRoom('Slides');
    ben = await Guest.arrive(browser, studio.url, 'Ben', path, (context) => installFakeCamera(context, GREEN));
    await ben.enter();
    anasKeys = new Keyboard(ana.page);
    bensKeys = new Keyboard(ben.page);
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close({ graceMs: 0 });
  });

  /** Colour of what somebody sees of another, large. */
  async function stageOf(viewer: Guest, shown: Guest): Promise<Colour | null> {
    const id = await shown.page.evaluate(() => window.__colloquy?.client.getSnapshot().self?.participantId ?? '');
    return (await shownPicture(viewer.page, id, 'stage-video'))?.colour ?? null;
  }

  /** Ana shares her screen by keys, and Ben has it before him. */
  async function share(): Promise<void> {
    await anasKeys.reachInToolbar('screen');
    await ana.page.keyboard.press('Enter');
    await ana.page.getByTestId('screen-banner').waitFor();
    await ben.page.locator('[data-testid="stage"][data-source="screen"]').getByText('Screen of Ana').waitFor();
  }

  async function stopSharing(): Promise<void> {
    await anasKeys.reach('stop-sharing');
    await ana.page.keyboard.press('Enter');
    await ana.page.getByTestId('screen-banner').waitFor({ state: 'detached' });
    await anasKeys.expectKept('the banner went');
    await ben.page.getByTestId('stage').waitFor({ state: 'detached' });
    await ben.until('nobody shares', ({ participants }) => participants.every(({ media }) => !media.screen));
  }

  it('a shared screen stands large at the other side, and changes there as it does here', async () => {
    await showOnScreen(ana.page, RED);
    await share();
    for (const colour of [RED, BLUE]) {
      await showOnScreen(ana.page, colour);
      await eventually(`Ben sees ${colour}`, async () => {
        const shown = await stageOf(ben, ana);
        return shown !== null && isNear(shown, colour);
      });
    }
    await eventually('the model is shown it', () => (studio.emulator?.sessions().at(-1)?.pictures().length ?? 0) > 0);
    await lookAt('sharing a screen', ana.page);
    await lookAt('stage with a shared screen', ben.page);
    await ben.page.setViewportSize({ width: 390, height: 844 });
    await ben.page.getByTestId('tab-board').waitFor();
    await lookAt('stage on a phone', ben.page);
    await ben.page.setViewportSize({ width: 1280, height: 720 });
    await ben.page.getByTestId('participants').waitFor();
  });

  it('whoever looks on makes it small and large again, by keys, and keeps their place', async () => {
    const { page } = ben;
    await bensKeys.reach('stage-hide');
    await page.keyboard.press('Enter');
    await page.getByTestId('stage').waitFor({ state: 'detached' });
    await bensKeys.expectKept('the stage went');
    await page.locator('[data-testid="picture"][data-source="screen"]').waitFor();
    await lookAt('shared screen in a tile', page);
    await bensKeys.reach('enlarge');
    await page.keyboard.press('Enter');
    await page.getByTestId('stage').waitFor();
    await bensKeys.expectKept('the tile has nothing to enlarge');
  });

  it('a host makes a face large and the model look at it', async () => {
    await ben.press('camera');
    await anasKeys.reach('enlarge');
    await ana.page.keyboard.press('Enter');
    await eventually('Ana sees Ben', async () => {
      const shown = await stageOf(ana, ben);
      return shown !== null && isNear(shown, GREEN);
    });
    await anasKeys.reach('pin-for-model');
    await ana.page.keyboard.press('Enter');
    await ana.page.locator('[data-testid="pin-for-model"][aria-pressed="true"]').waitFor();
    await lookAt('stage with a face', ana.page);
    await ben.press('camera');
    await ana.page.getByTestId('stage').waitFor({ state: 'detached' });
    await anasKeys.expectKept('the stage went');
  });

  it('when the sharing stops the stage goes, and the words about it; and what the browser itself captures moves there', async () => {
    await stopSharing();
    // From here on nothing stands in for the browser's own call.
    await showOnScreen(ana.page, null);
    await share();
    const seen = new Set<string>();
    await eventually('Ben sees it move', async () => {
      const frame = await ben.page.getByTestId('stage-video').evaluate((video: HTMLVideoElement) => {
        const drawing = new OffscreenCanvas(32, 18).getContext('2d');
        drawing?.drawImage(video, 0, 0, 32, 18);
        return drawing?.getImageData(0, 0, 32, 18).data.join() ?? '';
      });
      if (/[1-9]/.test(frame.replaceAll(/,255(,|$)/g, ','))) seen.add(frame);
      return seen.size >= 3;
    });
    await stopSharing();
  });

  it('devices and volume are chosen by keys', async () => {
    const { page } = ana;
    await anasKeys.reachInToolbar('devices');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitemradio').first().waitFor();
    await lookAt('menu of devices', page);
    await page.keyboard.press('Escape');
    await anasKeys.expectAt('devices');
    await page.keyboard.press('ArrowLeft');
    await anasKeys.expectAt('volume');
    await page.keyboard.press('Enter');
    await anasKeys.expectAt('volume-slider');
    await page.keyboard.press('ArrowLeft');
    await page.getByText('95 %').waitFor();
    await lookAt('volume', page);
    await page.keyboard.press('Escape');
    await anasKeys.expectAt('volume');
  });

  it('a tab that the browser brings back, and nobody has touched, asks for sound', async () => {
    // What a tab keeps while the browser is closed; the page itself was never touched.
    const page = await ben.page.context().newPage();
    const roomId = path.split('/').at(-1);
    await page.addInitScript((id) => sessionStorage.setItem('colloquy.joined', JSON.stringify([id])), roomId);
    await page.addInitScript(keepSilent);
    await page.goto(new URL(path, studio.url).href);
    await page.getByTestId('sound-banner').waitFor();
    await lookAt('sound needs a gesture', page);
  });

  it('of what no other test shows, everything was looked at', () => {
    expect([...lookedAt]).toEqual(expect.arrayContaining([...(LOOKED_AT_ELSEWHERE['studio-sharing.test.ts'] ?? [])]));
  });
});

/**
 * What a browser does that waits for somebody to do something: no sound runs. Its own rule cannot be seen at work here,
 * because a page that is driven counts as touched.
 */
function keepSilent(): void {
  const { prototype } = AudioContext;
  Object.defineProperty(prototype, 'state', { configurable: true, get: () => 'suspended' });
  prototype.resume = () => new Promise(() => {});
}
