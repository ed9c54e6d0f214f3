import { startStudio } from '@colloquy/studio';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { Guest } from './support/studio-page.ts';

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

  it('tells who cannot see it what others write and the model says, whole and once, and that the connection is lost', async () => {
    const guest = await Guest.arrive(browser, studio.url, 'Cy');
    const { page } = guest;
    const roomPath = await guest.createRoom('Aloud');
    const told = page.getByTestId('announcements');
    expect(await told.getAttribute('role')).toBe('log');
    expect(await told.getAttribute('aria-live')).toBe('polite');
    const dan = await studio.manager.connect(
      roomPath.split('/').at(-1) ?? '',
      { identity: { participantId: 'dan', name: 'Dan', role: 'speaker' }, clientId: 'dan', receive: null },
      { connectionId: 'dan', send: () => {}, sendMedia: () => true, close: () => {} },
    );
    dan.receive({ type: 'pub', cid: 'dan:1', kind: 'msg.text', body: { text: 'It rains.', toModel: false } });
    await told.getByText('Dan wrote: It rains.').waitFor({ state: 'attached' });
    await guest.write('Good morning!');
    const answer = await guest.sees({ kind: 'ai', speakers: ['Gemini'], text: '' });
    await told.getByText('Gemini said: ').waitFor({ state: 'attached' });
    const lines = (await told.innerText()).split('\n').filter(Boolean);
    // Not what Cy wrote, and no word of the answer twice, though it came word by word.
    expect(lines.map((line) => line.replace(/said: .*/, 'said'))).toEqual(
      expect.arrayContaining(['Dan wrote: It rains.', 'Gemini said']),
    );
    expect(lines.filter((line) => line.startsWith('Gemini said'))).toHaveLength(1);
    expect(lines.join()).not.toContain('Good morning');
    expect(await answer.evaluate((item) => item.closest('[aria-live], [role="log"], [role="status"]'))).toBeNull();

    await page.context().setOffline(true);
    await page.evaluate(() => window.dispatchEvent(new Event('offline')));
    const banner = page.getByTestId('connection-banner');
    await banner.waitFor();
    // Without the seconds that it counts: they would be read out every second.
    expect(await banner.getAttribute('role')).toBe('status');
    expect(await banner.locator(':scope > :not([aria-hidden="true"])').allInnerTexts()).toEqual([
      'Connection lost. Trying again.',
    ]);
    await guest.close();
  });

  it('stands still for whoever wants less motion, and draws rings that can be seen', async () => {
    const guest = await Guest.arrive(browser, studio.url, 'Eve');
    const { page } = guest;
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await guest.createRoom('Still');
    await guest.until('the model listens', ({ model }) => model.status === 'listening');
    expect(await running(page)).not.toEqual([]);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await eventually('nothing moves', async () => (await running(page)).length === 0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
      for (const surface of ['--color-ground', '--color-surface', '--color-raised', '--color-sunken']) {
        // WCAG 2.2, 1.4.11: what shows a state differs by 3:1 from what is beside it.
        expect(await contrast(page, '--color-focus', surface), `${surface}, ${colorScheme}`).toBeGreaterThan(3);
      }
    }
    await guest.close();
  });
});

/** Names of the animations that go on. */
function running(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .map((animation) => (animation as CSSAnimation).animationName ?? 'a transition'),
  );
}

/** Contrast of two colours of the page, 1 to 21. */
function contrast(page: Page, one: string, other: string): Promise<number> {
  return page.evaluate(
    (names) => {
      const context = document.createElement('canvas').getContext('2d');
      const [a = 0, b = 0] = names
        .map((name) => {
          const probe = document.body.appendChild(document.createElement('i'));
          probe.style.color = `var(${name})`;
          if (context) context.fillStyle = getComputedStyle(probe).color;
          context?.fillRect(0, 0, 1, 1);
          probe.remove();
          const [red = 0, green = 0, blue = 0] = [...(context?.getImageData(0, 0, 1, 1).data ?? [])].map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        })
        .sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    },
    [one, other],
  );
}
