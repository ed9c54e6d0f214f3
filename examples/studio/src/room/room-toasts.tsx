import { useRoomEvent } from '@colloquy/live-client/react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';

const DEVICES = { microphone: 'your microphone', camera: 'your camera', screen: 'the sharing of your screen' } as const;

/** Says briefly what happened to you or to the room and would otherwise be overlooked. */
export function RoomToasts(): ReactNode {
  useRoomEvent('muted', ({ source, by }) => toast(`${by.name} turned off ${DEVICES[source]}`));
  useRoomEvent('notice', ({ code, message }) => {
    // What is left of the budget stands in a banner, as long as it is so.
    if (code !== 'budgetLow' && code !== 'ERR_BUDGET_SPENT') toast(message, { duration: 12_000 });
  });
  useRoomEvent('error', ({ error }) => {
    // What is wrong with the connection stands in a banner, and what is wrong with a device at its button.
    if (error.code === 'ERR_MESSAGE_REFUSED') toast.error(error.reason || error.message);
  });
  return null;
}
