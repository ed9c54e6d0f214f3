import { describe, expect, it } from 'vitest';
import { ANA, BEN, person } from '../../test/room-fixtures.ts';
import { Presence } from './presence.ts';

function presence() {
  const subject = new Presence();
  subject.replace([ANA, BEN], 4);
  return subject;
}

describe('Presence', () => {
  it('changes in place, adds at the end, removes', () => {
    const subject = presence();
    const cleo = person(3, 'Cleo');
    const talking = { ...ANA, speaking: true };
    expect(subject.apply({ version: 5, changed: [talking, cleo], removed: [] })).toBe(true);
    expect(subject.participants).toEqual([talking, BEN, cleo]);
    expect(subject.apply({ version: 6, changed: [], removed: ['ben'] })).toBe(true);
    expect(subject.participants).toEqual([talking, cleo]);
    expect(subject.findByIndex(3)).toBe(cleo);
    expect(subject.find('ben')).toBeUndefined();
  });

  it('reports a missing difference and keeps what it has; an old one is ignored', () => {
    const subject = presence();
    expect(subject.apply({ version: 6, changed: [], removed: ['ben'] })).toBe(false);
    expect(subject.apply({ version: 4, changed: [], removed: ['ben'] })).toBe(true);
    expect(subject.participants).toEqual([ANA, BEN]);
  });
});
