import { expect, it } from 'vitest';
import { describeReadOnly } from './read-only-words.ts';

const createdBy = { participantId: 'ana', name: 'Ana' };

it('says that hosts change the settings, and who will be one where none is here', () => {
  expect(describeReadOnly([{ role: 'host' }, { role: 'speaker' }], { createdBy })).toBe('Only a host changes these.');
  expect(describeReadOnly([{ role: 'speaker' }], { createdBy })).toBe(
    'Only a host changes these. Ana, who made this room, becomes its host on joining.',
  );
  expect(describeReadOnly([{ role: 'viewer' }], { createdBy: null })).toBe(
    'Only a host changes these. None is here now.',
  );
});
