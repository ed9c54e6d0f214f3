import { type ReactNode, useMemo, useState } from 'react';
import { type Pin, PinContext } from './pin.ts';

/** Keeps whose picture is shown large. */
export function PinProvider({ children }: { children: ReactNode }): ReactNode {
  const [state, setState] = useState<Pick<Pin, 'pinnedId' | 'hiddenId'>>({ pinnedId: null, hiddenId: null });
  const pin = useMemo<Pin>(
    () => ({
      ...state,
      pin: (pinnedId) => setState({ pinnedId, hiddenId: null }),
      hide: (hiddenId) => setState({ pinnedId: null, hiddenId }),
    }),
    [state],
  );
  return <PinContext value={pin}>{children}</PinContext>;
}
