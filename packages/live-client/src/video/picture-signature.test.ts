import { describe, expect, it } from 'vitest';
import { isChanged, SIGNATURE_HEIGHT, SIGNATURE_WIDTH, signatureOf } from './picture-signature.ts';

const CELLS = SIGNATURE_WIDTH * SIGNATURE_HEIGHT;
const grey = (level: (cell: number) => number) =>
  signatureOf(Array.from({ length: CELLS }, (_, cell) => [level(cell), level(cell), level(cell), 255]).flat());

describe('picture signature', () => {
  it('is the brightness of each cell', () => {
    expect([...signatureOf([255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255])]).toEqual([255, 0, 76]);
  });

  it('differs from no picture and from one of another size', () => {
    expect(
      isChanged(
        null,
        grey(() => 0),
      ),
    ).toBe(true);
    expect(
      isChanged(
        new Uint8Array(3),
        grey(() => 0),
      ),
    ).toBe(true);
  });

  it('does not take the noise of a camera for a change', () => {
    const noise = (cell: number) => 100 + (cell % 3 === 0 ? 2 : 0);
    expect(
      isChanged(
        grey(() => 100),
        grey(noise),
      ),
    ).toBe(false);
  });

  it('sees a few letters in one place', () => {
    expect(
      isChanged(
        grey(() => 255),
        grey((cell) => (cell === 77 ? 249 : 255)),
      ),
    ).toBe(true);
  });

  it('sees a slow change of everything', () => {
    expect(
      isChanged(
        grey(() => 100),
        grey(() => 101),
      ),
    ).toBe(true);
  });
});
