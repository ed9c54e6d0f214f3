import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { keepArtifact } from './artifacts.ts';
import { accessibilityProblems } from './axe.ts';

/** Every part of the studio, by its test id, that a test of this file has looked at so far. */
export const lookedAt: Set<string> = new Set();

/** The same, and keeps a picture of what was looked at. */
export async function lookAt(screen: string, page: Page): Promise<void> {
  await expectNobodyKeptOut(screen, page);
  await keepArtifact(`studio-screen-${screen.replaceAll(/\W+/g, '-')}.png`, await page.screenshot());
}

/** Nothing on the page shuts anybody out, in light and in dark. */
export async function expectNobodyKeptOut(screen: string, page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
    await repaint(page);
    expect(await accessibilityProblems(page), `${screen}, ${colorScheme}`).toEqual([]);
  }
  for (const part of await partsInSight(page)) lookedAt.add(part);
}

/** Test ids of what is drawn, and not shut away behind a dialog: of that axe says nothing. */
function partsInSight(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.body.children]
      .filter((layer) => !layer.matches('[aria-hidden="true"], [inert]'))
      .flatMap((layer) => [layer, ...layer.querySelectorAll('*')])
      .filter((part) => part.checkVisibility({ visibilityProperty: true }))
      .flatMap((part) => part.getAttribute('data-testid') ?? []),
  );
}

/**
 * Chromium now and then leaves inherited colours of a page as they were when its scheme changes under it: the text of the
 * light theme stood on the ground of the dark one. Nobody meets that who opens the page in their theme.
 */
async function repaint(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { documentElement } = document;
    documentElement.style.display = 'none';
    void documentElement.offsetHeight;
    documentElement.style.display = '';
  });
}
