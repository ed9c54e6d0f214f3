import { useSyncExternalStore } from 'react';

// The same width divides the two layouts in room.css.
const query = typeof matchMedia === 'function' ? matchMedia('(max-width: 55.99rem)') : null;

/** Whether the screen has room for one thing at a time only. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query?.matches ?? false);
}

function subscribe(listener: () => void): () => void {
  query?.addEventListener('change', listener);
  return () => query?.removeEventListener('change', listener);
}
