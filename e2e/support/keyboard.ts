import type { ElementHandle, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';

/** Somebody without a mouse: goes by Tab, and has to see where they are. */
export class Keyboard {
  readonly #page: Page;
  /** What showed the focus last: it must not go on doing so. */
  #shownBy: ElementHandle<Element> | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The test id of what has the focus. */
  focused(): Promise<string | undefined> {
    return this.#page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.testid);
  }

  /**
   * Presses Tab until something has the focus, or what stands in it, and sees that it shows that, in sight, and that nothing
   * else does.
   */
  async reach(testId: string): Promise<void> {
    const page = this.#page;
    await page.getByTestId(testId).first().waitFor();
    let presses = 0;
    await eventually(`${testId} has the focus`, async () => {
      if (await this.#isAt(testId)) return true;
      presses += 1;
      if (presses > 150) throw new Error(`${testId} cannot be reached with the Tab key.`);
      await page.keyboard.press('Tab');
      return this.#isAt(testId);
    });
    await this.#expectShown(testId);
  }

  /** Goes on with the arrow keys, as in a toolbar or a menu, until something has the focus. */
  async moveTo(testId: string, key: 'ArrowRight' | 'ArrowDown' | 'ArrowUp'): Promise<void> {
    const page = this.#page;
    for (let presses = 0; (await this.focused()) !== testId; presses += 1) {
      if (presses > 20) throw new Error(`${testId} cannot be reached with ${key}.`);
      const before = await page.evaluateHandle(() => document.activeElement);
      await page.keyboard.press(key);
      // The focus moves a moment later.
      await page.waitForFunction((element) => document.activeElement !== element, before);
    }
    await this.#expectShown(testId);
  }

  /** Goes to the controls of the room, which are one stop, and along them. */
  async reachInToolbar(testId: string): Promise<void> {
    const isThere = () => this.#page.evaluate(() => document.activeElement?.closest('[role="toolbar"]') !== null);
    for (let presses = 0; !(await isThere()); presses += 1) {
      if (presses > 150) throw new Error('The controls cannot be reached with the Tab key.');
      await this.#page.keyboard.press('Tab');
    }
    await this.moveTo(testId, 'ArrowRight');
  }

  /** Opens a menu from the keyboard, and chooses of it. */
  async choose(menu: string, item: string): Promise<void> {
    await this.reach(menu);
    await this.#page.keyboard.press('Enter');
    await this.#page.getByTestId(item).waitFor();
    await eventually('the menu has the focus', () =>
      this.#page.evaluate(() => document.activeElement?.closest('[role="menu"]') !== null),
    );
    await this.moveTo(item, 'ArrowDown');
    await this.#page.keyboard.press('Enter');
  }

  /** The focus has come to something by itself, as after a dialog, or is inside of it. */
  async expectAt(testId: string): Promise<void> {
    await eventually(`the focus is at ${testId}`, () => this.#isAt(testId));
  }

  /** What had the focus has gone: the page still has a place to go on from. */
  async expectKept(after: string): Promise<void> {
    await eventually(`the focus is somewhere after ${after}`, () =>
      this.#page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body),
    );
  }

  /**
   * Goes through the page once: Tab meets everything that can be used, each once, in the order in which the page is read,
   * and Shift+Tab goes back the same way.
   *
   * @returns the test ids, or names, of what was met.
   */
  async walkThrough(): Promise<readonly string[]> {
    const page = this.#page;
    const expected = await page.evaluate(() => {
      const usable = 'a[href], button, input, select, textarea, [tabindex], summary, [contenteditable="true"]';
      const seen = [...document.querySelectorAll<HTMLElement>(usable)].filter((element) => {
        const isUsable = element.tabIndex >= 0 && !element.matches(':disabled') && !element.closest('[inert]');
        // Toasts come and go by themselves.
        const stays = element.closest('[data-sonner-toaster]') === null;
        return isUsable && stays && element.checkVisibility({ visibilityProperty: true });
      });
      if (seen.some(({ tabIndex }) => tabIndex > 0)) throw new Error('A positive tabindex jumps the queue.');
      // A group of which one member has the focus is one stop: the group, or the member that had it last.
      const isGroup = (element: Element): boolean =>
        element.matches('[role="group"], [role="radiogroup"], [role="tablist"], [role="toolbar"]');
      const stops = seen.filter((one) => !isGroup(one) || !seen.some((other) => other !== one && one.contains(other)));
      Object.assign(window, {
        stopOf: (active: Element) => stops.findIndex((one) => one === active || (isGroup(one) && one.contains(active))),
      });
      stops[0]?.focus();
      return stops.map((element) => element.dataset.testid ?? element.getAttribute('aria-label') ?? element.tagName);
    });
    const step = async (key: string): Promise<number> => {
      await page.keyboard.press(key);
      return page.evaluate(() => {
        const { stopOf } = window as unknown as { stopOf(active: Element | null): number };
        return stopOf(document.activeElement);
      });
    };
    const met: number[] = [0];
    for (let presses = 0; presses < expected.length * 2 && met.at(-1) !== expected.length - 1; presses += 1) {
      const at = await step('Tab');
      // What scrolls may take the focus too, without being anything that can be used.
      if (at >= 0) met.push(at);
    }
    expect(met.map((at) => expected[at])).toEqual(expected);
    const back: number[] = [];
    for (let presses = 0; presses < 16 && back.length < 8; presses += 1) {
      const at = await step('Shift+Tab');
      if (at >= 0) back.push(at);
    }
    const last = expected.length - 1;
    expect(back.map((at) => expected[at])).toEqual(back.map((_, index) => expected[last - 1 - index]));
    return expected;
  }

  #isAt(testId: string): Promise<boolean> {
    return this.#page.evaluate((id) => {
      return document.activeElement?.closest<HTMLElement>('[data-testid]')?.dataset.testid === id;
    }, testId);
  }

  async #expectShown(testId: string): Promise<void> {
    const element = await eventually(`${testId} shows that it has the focus`, async () => {
      return (await this.#page.evaluateHandle(showerOf)).asElement() as ElementHandle<Element> | null;
    });
    // A step may slide into sight.
    await eventually(`${testId} is in sight, and nothing covers it`, () => this.#page.evaluate(isInSight));
    const before = this.#shownBy;
    this.#shownBy = element;
    if (before === null) return;
    const isLeft = await before.evaluate((one, now) => {
      if (!one.isConnected || one === now || one.contains(now) || now.contains(one)) return true;
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle === 'none' || Number.parseFloat(outlineWidth) === 0;
    }, element);
    expect(isLeft, `what had the focus before ${testId} does not show it any more`).toBe(true);
  }
}

/** The element that draws the ring around what has the focus: itself, or a card or box that it fills; else `null`. */
function showerOf(): Element | null {
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = 'var(--color-focus)';
  const focus = getComputedStyle(probe).color;
  probe.remove();
  let element: Element | null = document.activeElement;
  for (let level = 0; element !== null && level <= 3; level += 1, element = element.parentElement) {
    const { borderTopColor, outlineColor, outlineStyle, outlineWidth } = getComputedStyle(element);
    const isDrawn = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    if (isDrawn && (outlineColor === focus || borderTopColor === focus)) return element;
  }
  return null;
}

function isInSight(): boolean {
  const active = document.activeElement as HTMLElement;
  const { left, top, width, height } = active.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + Math.min(height, innerHeight) / 2];
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return false;
  const there = document.elementFromPoint(x, y);
  return there !== null && (active.contains(there) || there.contains(active));
}
