import { type Context, createContext, createElement, type ReactNode, useContext } from 'react';
import type { RoomClient } from '../room/room-client.ts';

/** @internal */
export const RoomContext: Context<RoomClient | null> = createContext<RoomClient | null>(null);

/** What {@link RoomProvider} takes. */
export interface RoomProviderProps {
  /** Made, connected and disposed by the caller. */
  readonly client: RoomClient;
  readonly children?: ReactNode;
}

/** Gives a {@link RoomClient} to the hooks below it. */
export function RoomProvider({ client, children }: RoomProviderProps): ReactNode {
  return createElement(RoomContext.Provider, { value: client }, children);
}

/**
 * The client of the nearest {@link RoomProvider}.
 *
 * @throws Error outside a provider.
 */
export function useRoomClient(): RoomClient {
  const client = useContext(RoomContext);
  if (client === null) throw new Error('There is no RoomProvider above this component; put one around it.');
  return client;
}
