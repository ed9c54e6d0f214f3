import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What of a page shuts people out, one line each; WCAG 2.2 A and AA, and axe's best practices. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // What moves is measured where it comes to rest.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished),
    ).then(() => {}),
  );
  // In the page's own world, where the security policy of the page admits what the debugger evaluates.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
      };
    };
    const { violations: found } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    });
    return found.flatMap(({ id, nodes }) =>
      nodes
        // Tips belong to what they describe, and stand outside of the landmarks while they are shown.
        .filter(({ target }) => id !== 'region' || !String(target).includes('data-radix-popper'))
        .map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary ?? ''}`.replace(/\s+/g, ' ')),
    );
  });
  return violations;
}
