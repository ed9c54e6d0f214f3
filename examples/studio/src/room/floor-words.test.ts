import { describe, expect, it } from 'vitest';
import { describeFloor, ordinal } from './floor-words.ts';

const free = { policy: 'floor', mode: 'queue', holder: null, queue: [], isMine: false, position: null } as const;

describe('describeFloor', () => {
  it('says who speaks to the model, and what one can do', () => {
    expect(describeFloor({ ...free, isMine: true }, 'Ana')).toMatch(/^Your microphone/);
    expect(describeFloor({ ...free, holder: 'ana' }, 'Ana')).toBe('Ana speaks to the model now');
    expect(describeFloor({ ...free, position: 2 }, '')).toContain('2nd');
    expect(describeFloor({ ...free, mode: 'moderated', position: 1 }, '')).toContain('a host');
    expect(describeFloor({ ...free, mode: 'open' }, '')).toContain('space bar');
  });

  it('counts places as people do', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th',
    );
  });
});
