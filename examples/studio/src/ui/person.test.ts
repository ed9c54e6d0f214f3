import { expect, it } from 'vitest';
import { hueOf, initialsOf } from './person.ts';

it.each([
  ['Ana', 'A'],
  ['Ana Lopez', 'AL'],
  ['ana maría de la cruz', 'AC'],
  ['jean-luc picard', 'JP'],
  ['Øystein', 'Ø'],
  ['李 明', '李明'],
  ['🦊', '🦊'],
  ['', '?'],
])('the initials of %o are %o', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

it('gives a person one colour and spreads people over all eight', () => {
  expect(hueOf('guest-1')).toBe(hueOf('guest-1'));
  expect(hueOf('model')).toBe('model');
  const hues = new Set(Array.from({ length: 200 }, (_, index) => hueOf(`guest-${index}`)));
  expect([...hues].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
});
