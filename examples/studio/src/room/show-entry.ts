import type { RoomClient } from '@colloquy/live-client';

/** Pages that are loaded to get to an entry. */
const MOST_PAGES = 20;

/** Scrolls the conversation to an entry of the log and puts the focus there, loading older pages if need be. */
export async function showEntryInPage(
  client: Pick<RoomClient, 'getSnapshot' | 'loadOlder'>,
  seq: number,
): Promise<boolean> {
  for (let page = 0; page <= MOST_PAGES; page += 1) {
    // What was loaded, or another tab that was opened, is on the page with the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const found = document.querySelector<HTMLElement>(`[data-testid="timeline-item"][data-seq="${seq}"]`);
    if (found) {
      mark(found);
      return true;
    }
    const { hasOlder, timeline } = client.getSnapshot();
    const oldest = timeline.find((item) => item.seq !== null)?.seq ?? 0;
    if (!hasOlder || oldest <= seq) return false;
    await client.loadOlder();
  }
  return false;
}

function mark(element: HTMLElement): void {
  element.tabIndex = -1;
  element.scrollIntoView({ block: 'center' });
  element.focus({ preventScroll: true });
  element.classList.add('is-shown');
  element.addEventListener('blur', () => element.classList.remove('is-shown'), { once: true });
}
