import { type Context, createContext, createElement, type ReactNode, useContext } from 'react';
import type { LiveSnapshot } from '../gemini/live-snapshot.ts';
import type { GeminiLiveAPI } from '../gemini-live-api.ts';
import { useSlice } from './use-slice.ts';

/** @internal */
export const LiveContext: Context<GeminiLiveAPI | null> = createContext<GeminiLiveAPI | null>(null);

/** What {@link LiveProvider} takes. */
export interface LiveProviderProps {
  /** Made, connected and disposed by the caller. */
  readonly client: GeminiLiveAPI;
  readonly children?: ReactNode;
}

/** Gives a {@link GeminiLiveAPI} to {@link useLive} below it. */
export function LiveProvider({ client, children }: LiveProviderProps): ReactNode {
  return createElement(LiveContext.Provider, { value: client }, children);
}

/** A {@link GeminiLiveAPI} and its snapshot of this moment. */
export interface LiveView extends LiveSnapshot {
  readonly client: GeminiLiveAPI;
}

/**
 * The client of the nearest {@link LiveProvider}; never renders again by itself.
 *
 * @throws Error outside a provider.
 */
export function useLiveClient(): GeminiLiveAPI {
  const client = useContext(LiveContext);
  if (client === null) throw new Error('There is no LiveProvider above this component; put one around it.');
  return client;
}

/**
 * The client of the nearest {@link LiveProvider}; renders again when its snapshot changed.
 *
 * @throws Error outside a provider.
 */
export function useLive(): LiveView {
  const client = useLiveClient();
  return { ...useSlice(client, (snapshot) => snapshot), client };
}
