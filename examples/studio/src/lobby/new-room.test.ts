import { expect, it } from 'vitest';
import { toNewRoom } from './new-room.ts';

it('asks for exactly what was filled in', () => {
  expect(toNewRoom({ name: '  Design   review ', instructions: ' Be brief. ', voice: 'Puck' })).toEqual({
    room: { name: 'Design review', configuration: { instructions: 'Be brief.', voice: 'Puck' } },
  });
});

it('leaves to the server what was left empty', () => {
  expect(toNewRoom({ name: 'x', instructions: ' \n', voice: '' })).toEqual({ room: { name: 'x', configuration: {} } });
});

it('needs a name', () => {
  expect(toNewRoom({ name: ' ', instructions: 'x', voice: '' })).toHaveProperty('problem');
});
