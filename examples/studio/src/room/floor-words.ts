import type { FloorView } from '@colloquy/live-client/react';

/** Who speaks to the model, and what to do about it, in a sentence. */
export function describeFloor({ mode, holder, isMine, position }: FloorView, holderName: string): string {
  if (isMine) return 'Your microphone reaches the model';
  if (position !== null) {
    return mode === 'moderated'
      ? `You are ${ordinal(position)} in line; a host gives the floor`
      : `You are ${ordinal(position)} in line for the model’s ear`;
  }
  if (holder !== null) return `${holderName} speaks to the model now`;
  if (mode === 'open') return 'Hold this, or the space bar on it, and speak to the model';
  return mode === 'moderated' ? 'Ask a host for the floor' : 'The floor is free';
}

/** `1st`, `2nd`, `3rd`, `4th`. */
export function ordinal(place: number): string {
  const tens = place % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}
