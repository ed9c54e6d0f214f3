import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { Guest } from './support/studio-page.ts';
import { expectNobodyKeptOut } from './support/themes.ts';

type Studio = Awaited<ReturnType<typeof startStudio>>;

describe.skipIf(skipReason)(`the studio is for everybody${skipReason}`, () => {
  let browser: Browser;
  let studio: Studio;

  beforeAll(async () => {
    studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('keeps nobody out on the way into a room and in it, in light and in dark', async () => {
    const context = await browser.newContext({ permissions: ['microphone', 'camera'], reducedMotion: 'reduce' });
    const stranger = await context.newPage();
    await stranger.goto(studio.url);
    await stranger.getByTestId('name-input').waitFor();
    await expectNobodyKeptOut('welcome', stranger);
    await context.close();

    const guest = await Guest.arrive(browser, studio.url, 'Ana');
    const { page } = guest;
    await page.getByTestId('create-room').waitFor();
    await expectNobodyKeptOut('lobby, empty', page);
    await page.getByTestId('create-room').click();
    await page.getByTestId('room-options').click();
    await expectNobodyKeptOut('new room', page);
    await page.getByTestId('room-name-input').fill('Panel');
    await page.getByTestId('create-room-submit').click();
    await page.getByTestId('precheck-microphone').click();
    await page.getByTestId('level-meter').waitFor();
    await expectNobodyKeptOut('device check', page);
    await guest.enter();
    await guest.until('the model listens', ({ model }) => model.status === 'listening');
    await expectNobodyKeptOut('room, empty', page);

    await guest.write('Claim: the bridge is old.');
    await guest.write('Question: what would a new one cost?', 'people');
    await page.getByTestId('card').first().waitFor();
    await page.locator('[data-kind="text"][data-state="final"]').nth(1).waitFor();
    await page.getByTestId('add-card').click();
    await expectNobodyKeptOut('new card', page);
    await guest.close();
  });

  it('can be used by keyboard alone: into a room, written, a card added and linked, settings changed, and out', async () => {
    const guest = await Guest.arrive(browser, studio.url, 'Ben');
    const { page } = guest;
    await reach(page, 'create-room');
    await page.keyboard.press('Enter');
    await page.getByTestId('room-name-input').waitFor();
    await reach(page, 'room-name-input');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await page.getByTestId('join-now').waitFor();
    await reach(page, 'join-now');
    await page.keyboard.press('Enter');
    await page.getByTestId('room').waitFor();

    await reach(page, 'composer-input');
    await page.keyboard.type('Claim: everything has a key.');
    await page.keyboard.press('Enter');
    await page.getByTestId('card').first().waitFor();
    await reach(page, 'add-card');
    await page.keyboard.press('Enter');
    await reach(page, 'card-text');
    await page.keyboard.type('Try it without a mouse.');
    await reach(page, 'card-add');
    await page.keyboard.press('Enter');
    await page.getByTestId('card').nth(1).waitFor();
    await reach(page, 'card-open');
    await page.keyboard.press('Enter');
    await reach(page, 'link-target');
    await page.keyboard.press('ArrowDown');
    await reach(page, 'link-add');
    await page.keyboard.press('Enter');
    await page.getByTestId('card-link').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('card-text').waitFor({ state: 'detached' });
    // The focus is back where it came from.
    expect(await focused(page)).toBe('card-open');

    await reach(page, 'tab-people');
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('config').waitFor();
    await reach(page, 'config-preset');
    await page.keyboard.press('ArrowDown');
    await reach(page, 'config-apply');
    await page.keyboard.press('Enter');
    await guest.until('the settings hold', ({ room }) => room?.configurationVersion === 2);
    await reach(page, 'interrupt');
    for (let presses = 0; (await focused(page)) !== 'leave' && presses < 16; presses += 1) {
      const before = await page.evaluateHandle(() => document.activeElement);
      await page.keyboard.press('ArrowRight');
      // A toolbar moves the focus a moment later.
      await page.waitForFunction((element) => document.activeElement !== element, before);
    }
    expect(await focused(page)).toBe('leave');
    await page.keyboard.press('Enter');
    await page.getByTestId('create-room').waitFor();
    expect(guest.complaints).toEqual([]);
    await guest.close();
  });
});

/** The test id of what has the focus. */
function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.testid);
}

/** Presses Tab until something has the focus, and sees that it shows where the focus is. */
async function reach(page: Page, testId: string): Promise<void> {
  await page.getByTestId(testId).first().waitFor();
  let presses = 0;
  await eventually(`${testId} has the focus`, async () => {
    if ((await focused(page)) === testId) return true;
    presses += 1;
    if (presses > 150) throw new Error(`${testId} cannot be reached with the Tab key.`);
    await page.keyboard.press('Tab');
    return (await focused(page)) === testId;
  });
  const isShown = await page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const shows = (one: Element): boolean => {
      const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(one);
      return (
        (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) ||
        boxShadow !== 'none' ||
        borderColor === 'focus'
      );
    };
    // A card shows the focus of the button that fills it, the box of the composer that of its field.
    return (
      shows(element) ||
      (element.parentElement !== null &&
        (shows(element.parentElement) || element.closest('.card, .composer-box') !== null))
    );
  });
  expect(isShown, `${testId} shows that it has the focus`).toBe(true);
}
