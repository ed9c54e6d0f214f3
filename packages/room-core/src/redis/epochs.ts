import type { EpochStart } from '../ports/room-engine.ts';

/** Where the epochs of a room began, as one text. */
export function fromEpochs(epochs: readonly EpochStart[]): string {
  return epochs.map(({ epoch, firstSeq }) => `${epoch}:${firstSeq}`).join(' ');
}

/** Reads what {@link fromEpochs} wrote. */
export function toEpochs(text: string): readonly EpochStart[] {
  return text.split(' ').map((start) => {
    const [epoch, firstSeq] = start.split(':');
    return { epoch: Number(epoch), firstSeq: Number(firstSeq) };
  });
}
