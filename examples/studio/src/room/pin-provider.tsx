import { type ReactNode, useMemo, useState } from 'react';
import { type Pin, PinContext } from './pin.ts';

/** Keeps which picture is shown large. */
export function PinProvider({ children }: { children: ReactNode }): ReactNode {
  const [state, setState] = useState<Pick<Pin, 'pinned' | 'hiddenId'>>({ pinned: null, hiddenId: null });
  const pin = useMemo<Pin>(
    () => ({
      ...state,
      pin: (pinned) => setState({ pinned, hiddenId: null }),
      hide: ({ participantId, source }) =>
        setState(({ hiddenId }) => ({ pinned: null, hiddenId: source === 'screen' ? participantId : hiddenId })),
    }),
    [state],
  );
  return <PinContext value={pin}>{children}</PinContext>;
}
