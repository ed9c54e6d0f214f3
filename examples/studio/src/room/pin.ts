import { createContext, useContext } from 'react';

/** Whose picture is shown large. */
export interface Pin {
  /** `null` leaves the choice to the room: whoever shares a screen. */
  readonly pinnedId: string | null;
  /** Whose shared screen was put away. */
  readonly hiddenId: string | null;
  readonly pin: (participantId: string) => void;
  /** Puts the large picture away. */
  readonly hide: (participantId: string) => void;
}

/** Provided around a room. */
export const PinContext: React.Context<Pin | null> = createContext<Pin | null>(null);

/** Whose picture is shown large, and how to change that. */
export function usePin(): Pin {
  const pin = useContext(PinContext);
  if (pin === null) throw new Error('usePin() works only inside PinContext.');
  return pin;
}

/** What {@link chooseStage} needs to know of a participant. */
export interface StageCandidate {
  readonly participantId: string;
  readonly sharesScreen: boolean;
  readonly hasPicture: boolean;
}

/** Who is shown large: whoever was chosen, else the first other person who shares a screen; `null` for nobody. */
export function chooseStage(
  candidates: readonly StageCandidate[],
  pin: Pick<Pin, 'pinnedId' | 'hiddenId'>,
): string | null {
  const visible = candidates.filter(({ hasPicture }) => hasPicture);
  const chosen =
    visible.find(({ participantId }) => participantId === pin.pinnedId) ??
    visible.find(({ participantId, sharesScreen }) => sharesScreen && participantId !== pin.hiddenId);
  return chosen?.participantId ?? null;
}
