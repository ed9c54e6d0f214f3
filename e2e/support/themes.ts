import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityProblems } from './axe.ts';

/** Nothing on the page shuts anybody out, in light and in dark. */
export async function expectNobodyKeptOut(screen: string, page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
    expect(await accessibilityProblems(page), `${screen}, ${colorScheme}`).toEqual([]);
  }
}
