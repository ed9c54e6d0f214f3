import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepArtifact } from './support/artifacts.ts';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { Guest } from './support/studio-page.ts';

const PHONE = { width: 390, height: 844 };

describe.skipIf(skipReason)(`the studio on a phone${skipReason}`, () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof startStudio>>;
  let guest: Guest;

  beforeAll(async () => {
    studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close({ graceMs: 0 });
  });

  /** Nothing stands out at the side, and everything that can be pressed can be brought in sight and pressed. */
  async function look(screen: string, page: Page): Promise<void> {
    await eventually('nothing slides any more', () =>
      page.evaluate(() => document.getAnimations().every(({ playState }) => playState !== 'running')),
    );
    const problems = await page.evaluate(() => {
      const found: string[] = [];
      const wide = document.scrollingElement?.scrollWidth ?? 0;
      if (wide > innerWidth) found.push(`the page is ${wide} px wide`);
      const modal = document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]');
      const usable = (modal ?? document).querySelectorAll<HTMLElement>('a[href], button, input, select, textarea');
      for (const element of usable) {
        // Some controls have a native twin for forms, which nobody sees or reaches.
        if (
          element.matches(':disabled, [aria-hidden="true"]') ||
          !element.checkVisibility({ visibilityProperty: true })
        )
          continue;
        const name = element.dataset.testid ?? element.getAttribute('aria-label') ?? element.textContent;
        element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
        if (width <= 1 || height <= 1) continue;
        const isIn = left >= -0.5 && right <= innerWidth + 0.5 && top >= -0.5 && bottom <= innerHeight + 0.5;
        if (!isIn) found.push(`${name} is at ${[left, top, right, bottom].map(Math.round).join(' ')}`);
        const isCut = element.matches('a, button') && element.scrollWidth > element.clientWidth + 1;
        if (isCut) found.push(`${name} is too narrow for its words`);
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        const label = element.closest('label');
        const isHit = there !== null && (element.contains(there) || there.contains(element) || label?.contains(there));
        if (isIn && !isHit) found.push(`${name} is covered by ${there?.outerHTML.slice(0, 80)}`);
      }
      return found;
    });
    await keepArtifact(`studio-phone-${screen.replaceAll(/\W+/g, '-')}.png`, await page.screenshot());
    expect(problems, screen).toEqual([]);
  }

  it('shows the way into a room and every part of it, without anything out of reach', async () => {
    guest = await Guest.arrive(browser, studio.url, 'Ana-Sophie van der Berg-Lindqvist', '/', async (_, page) => {
      await page.setViewportSize(PHONE);
    });
    const { page } = guest;
    await page.getByTestId('create-room').waitFor();
    await look('lobby, empty', page);
    await page.getByTestId('create-room').click();
    await page.getByTestId('room-options').click();
    await look('new room', page);
    await page.getByTestId('room-name-input').fill('Whether the old library should stay open at night');
    await page.getByTestId('create-room-submit').click();
    await page.getByTestId('precheck-microphone').click();
    await page.getByTestId('level-meter').waitFor();
    await look('device check', page);
    await guest.enter();
    await guest.until('the model listens', ({ model }) => model.status === 'listening');
    await look('room, empty', page);
    await guest.write('a-very-long-word-that-no-line-of-a-phone-can-hold-without-breaking-it-somewhere', 'people');
    await guest.write('Where is it warm at night?');
    await guest.sees({ kind: 'ai', speakers: ['Gemini'], text: '' });
    await look('conversation', page);
    for (const tab of ['board', 'people', 'settings', 'activity']) {
      await page.getByTestId(`tab-${tab}`).click();
      await page.locator(`[data-testid="tab-${tab}"][data-state="active"]`).waitFor();
      await look(tab, page);
    }
    await page.getByTestId('tab-board').click();
    await page.getByTestId('add-card').click();
    await page.getByTestId('card-text').fill('The library is the only place in town that is warm and open at night.');
    await look('new card', page);
    await page.getByTestId('card-add').click();
    // Words that can be read, not a map of cards that cannot.
    await page.getByTestId('board-list').getByTestId('card').first().waitFor();
    await look('board with a card', page);
    await page.getByTestId('room-menu').click();
    await page.getByTestId('close-room').waitFor();
    await look('menu of the room', page);
    await page.getByTestId('close-room').click();
    await page.getByTestId('confirm').waitFor();
    await look('question before closing', page);
    await page.getByTestId('confirm').click();
    await page.getByTestId('read-history').waitFor();
    await look('closed', page);
    await page.getByTestId('read-history').click();
    await page.getByTestId('history').waitFor();
    await look('history', page);
    await page.goto(studio.url);
    await page.getByTestId('room-card').waitFor();
    await look('lobby with a past room', page);
    expect(guest.complaints).toEqual([]);
  });
});
