import { createContext, useContext } from 'react';

/** What the middle of a room shows. */
export type MainView = 'talk' | 'board' | 'both';
/** The one part that a small screen shows. */
export type NarrowView = 'talk' | 'board' | SideView;
/** What stands beside it. */
export type SideView = 'people' | 'settings' | 'activity';

/** Which parts of a room are shown, and how to get to another one. */
export interface RoomViews {
  readonly main: MainView;
  readonly side: SideView;
  readonly narrow: NarrowView;
  readonly showMain: (view: MainView) => void;
  readonly showSide: (view: SideView) => void;
  readonly showNarrow: (view: NarrowView) => void;
  /** Brings an entry of the log into sight in the conversation. */
  readonly showEntry: (seq: number) => void;
}

/** Provided inside a room. */
export const RoomViewsContext: React.Context<RoomViews | null> = createContext<RoomViews | null>(null);

/** @throws Error outside a room. */
export function useRoomViews(): RoomViews {
  const views = useContext(RoomViewsContext);
  if (views === null) throw new Error('useRoomViews() works only inside a room.');
  return views;
}
