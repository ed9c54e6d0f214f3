import { useEffect } from 'react';

/** What lies over the page, and takes the focus with it when it goes. */
const OVERLAYS = '[role="dialog"], [role="alertdialog"], [role="menu"]';
/** Parts of a page that say what they are: the focus may stay on them, and goes on from there. */
const PLACES = `${OVERLAYS}, main, aside, header, footer, :is(section, form):is([aria-label], [aria-labelledby])`;
/** Pages and libraries that move the focus on purpose have done so by then, in a task or a frame of their own. */
const AFTER_OTHERS_MS = 60;

/**
 * Who goes by keyboard, or hears the page, never loses their place: when what has the focus goes away or is switched off,
 * the focus goes back to where it was before a dialog or a menu, else to the part of the page that it was in, else to the
 * heading.
 */
export function useKeptFocus(): void {
  useEffect(keepFocus, []);
}

/** @returns what ends it */
function keepFocus(): () => void {
  /** What had the focus last, and what is around it up to the overlay or the page that it is in. */
  let within: readonly Element[] = [];
  /** The same of what had it last outside of overlays. */
  let beneath: readonly Element[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const remember = ({ target }: Event): void => {
    if (!(target instanceof Element) || target === document.body) return;
    const overlay = target.closest(OVERLAYS);
    within = pathOf(target, overlay);
    if (overlay === null) beneath = within;
  };
  const isLost = (): boolean => {
    const [last] = within;
    const active = document.activeElement;
    return last !== undefined && (active === null || active === document.body) && !canHoldFocus(last);
  };
  const look = (): void => {
    clearTimeout(timer);
    if (isLost()) timer = setTimeout(() => isLost() && focusOn(findPlace([within, beneath])), AFTER_OTHERS_MS);
  };

  const observer = new MutationObserver(look);
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden'],
  });
  document.addEventListener('focusin', remember);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('focusin', remember);
  };
}

function pathOf(element: Element, end: Element | null): readonly Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement) {
    path.push(at);
    if (at === end) break;
  }
  return path;
}

function canHoldFocus(element: Element): boolean {
  return element.isConnected && !element.matches(':disabled, [hidden] *') && element.getClientRects().length > 0;
}

/** The innermost that is still there: what had the focus, or a part of the page around it. */
function findPlace(paths: readonly (readonly Element[])[]): Element | null {
  for (const [own, ...around] of paths) {
    if (own !== undefined && canHoldFocus(own)) return own;
    const place = around.find((one) => one.matches(PLACES) && canHoldFocus(one) && one.clientHeight > 0);
    if (place !== undefined) return place;
  }
  return document.querySelector('h1');
}

/** Most parts of a page take no focus by themselves; they do so for as long as they have it. */
function focusOn(place: Element | null): void {
  if (!(place instanceof HTMLElement)) return;
  if (place.tabIndex < 0 && !place.hasAttribute('tabindex')) {
    place.tabIndex = -1;
    place.addEventListener('blur', () => place.removeAttribute('tabindex'), { once: true });
  }
  place.focus({ preventScroll: true });
}
