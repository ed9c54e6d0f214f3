import { useRoomClient } from '@colloquy/live-client/react';
import { useCallback, useMemo, useState } from 'react';
import { toast } from 'sonner';
import { showEntryInPage } from './show-entry.ts';
import type { MainView, NarrowView, RoomViews, SideView } from './view.ts';

const KEY = 'colloquy.view';

/** Keeps which parts of the room are shown; the middle is remembered for the next room. */
export function useRoomViewsState(): RoomViews {
  const client = useRoomClient();
  const [main, setMain] = useState<MainView>(readView);
  const [narrow, setNarrow] = useState<NarrowView>('talk');
  const [side, setSide] = useState<SideView>('people');
  const showMain = useCallback((view: MainView) => {
    setMain(view);
    writeView(view);
  }, []);
  const showEntry = useCallback(
    (seq: number) => {
      setNarrow('talk');
      setMain((now) => (now === 'board' ? 'both' : now));
      showEntryInPage(client, seq).then(
        (found) => {
          if (!found)
            toast('That part of the conversation is further back', { description: 'Read it in the history.' });
        },
        (error: Error) => toast.error('It could not be shown', { description: error.message }),
      );
    },
    [client],
  );
  return useMemo(
    () => ({ main, side, narrow, showMain, showSide: setSide, showNarrow: setNarrow, showEntry }),
    [main, side, narrow, showMain, showEntry],
  );
}

function readView(): MainView {
  try {
    const view = localStorage.getItem(KEY);
    return view === 'talk' || view === 'board' ? view : 'both';
  } catch {
    // Storage is switched off.
    return 'both';
  }
}

function writeView(view: MainView): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
