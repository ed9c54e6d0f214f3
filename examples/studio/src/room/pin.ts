import { createContext, useContext } from 'react';

/** One picture of a person. */
export interface StagePicture {
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
}

/** Which picture is shown large. */
export interface Pin {
  /** `null` leaves the choice to the room: whoever shares a screen. */
  readonly pinned: StagePicture | null;
  /** Whose shared screen was put away. */
  readonly hiddenId: string | null;
  readonly pin: (picture: StagePicture) => void;
  /** Puts the large picture away. */
  readonly hide: (picture: StagePicture) => void;
}

/** Provided around a room. */
export const PinContext: React.Context<Pin | null> = createContext<Pin | null>(null);

/** Which picture is shown large, and how to change that. */
export function usePin(): Pin {
  const pin = useContext(PinContext);
  if (pin === null) throw new Error('usePin() works only inside PinContext.');
  return pin;
}

/** The picture that is shown large: the chosen one, else the first screen that another person shares; `null` for none. */
export function chooseStage(
  candidates: readonly StagePicture[],
  { pinned, hiddenId }: Pick<Pin, 'pinned' | 'hiddenId'>,
): StagePicture | null {
  return (
    candidates.find((candidate) => isSame(candidate, pinned)) ??
    candidates.find(({ participantId, source }) => source === 'screen' && participantId !== hiddenId) ??
    null
  );
}

/** The picture in a person's tile: the face before the screen, and never a screen that is shown large already. */
export function chooseTile(own: readonly StagePicture[], staged: StagePicture | null): StagePicture | null {
  return (
    own.find(({ source }) => source === 'camera') ??
    own.find((picture) => picture.source === 'screen' && !isSame(picture, staged)) ??
    null
  );
}

/** What the tile offers to show large: the screen before the face, of what is not large already. */
export function chooseEnlargeable(own: readonly StagePicture[], staged: StagePicture | null): StagePicture | null {
  const small = own.filter((picture) => !isSame(picture, staged));
  return small.find(({ source }) => source === 'screen') ?? small[0] ?? null;
}

function isSame(a: StagePicture, b: StagePicture | null): boolean {
  return a.participantId === b?.participantId && a.source === b.source;
}
