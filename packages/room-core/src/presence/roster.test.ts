import type { Participant } from '@colloquy/live-protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { ParticipantIndexes } from './participant-indexes.ts';
import type { PresenceChange } from './presence-diffs.ts';
import { Roster } from './roster.ts';

const ana = { participantId: 'ana', name: 'Ana', role: 'host' } as const;
const ben = { participantId: 'ben', name: 'Ben', role: 'speaker' } as const;
const tab = (id: string) => ({ connectionId: id, clientId: `client-${id}` });

describe('roster', () => {
  let clock: FakeClock;
  let roster: Roster;
  let changes: PresenceChange[];
  let left: string[];

  beforeEach(() => {
    clock = new FakeClock();
    changes = [];
    left = [];
    roster = new Roster({
      clock,
      graceMs: 15_000,
      model: { participantId: 'model', name: 'Model' },
      onChange: (change) => changes.push(change),
      onLeft: ({ participantId }: Participant, reason) => left.push(`${participantId}: ${reason}`),
    });
  });
  const status = (id: string) => roster.participants().find(({ participantId }) => participantId === id)?.status;

  it('PRES1 shows several tabs of one person as one participant, with the media of all of them', () => {
    expect(roster.join(ana, tab('1')).added).toBe(true);
    expect(roster.join(ana, tab('2')).added).toBe(false);
    roster.setMedia('ana', '1', { microphone: true, camera: false, screen: false });
    roster.setMedia('ana', '2', { microphone: false, camera: false, screen: true });
    expect(roster.size).toBe(1);
    expect(roster.participants()[1]).toMatchObject({ media: { microphone: true, camera: false, screen: true } });
    roster.drop('ana', '1');
    expect(status('ana')).toBe('present');
    expect(roster.participants()[1]).toMatchObject({ media: { microphone: false, screen: true } });
    clock.advance(60_000);
    expect(left).toEqual([]);
  });

  it('PRES2 keeps a person whose connection broke as away, and removes them after the grace period', () => {
    roster.join(ana, tab('1'));
    roster.setSpeaking('ana', true);
    roster.drop('ana', '1');
    expect(roster.participants()[1]).toMatchObject({ status: 'away', speaking: false });
    clock.advance(14_999);
    expect(left).toEqual([]);
    clock.advance(1);
    expect(left).toEqual(['ana: connection lost']);
    expect(changes.at(-1)).toMatchObject({ changed: [], removed: ['ana'] });
    expect(clock.pendingTimers).toBe(0);
  });

  it('PRES3 takes a person who comes back within the grace period as never gone', () => {
    roster.join(ana, tab('1'));
    roster.drop('ana', '1');
    clock.advance(14_000);
    expect(roster.join(ana, tab('2')).added).toBe(false);
    clock.advance(60_000);
    expect(left).toEqual([]);
    expect(status('ana')).toBe('present');
  });

  it('PRES4 removes a person who says goodbye at once, and only with their last tab', () => {
    roster.join(ana, tab('1'));
    roster.join(ana, tab('2'));
    roster.leave('ana', '1');
    expect(left).toEqual([]);
    roster.leave('ana', '2');
    expect(left).toEqual(['ana: left']);
    roster.leave('ana', '2');
    roster.drop('ana', '2');
    expect(left).toHaveLength(1);
  });

  it('PRES5 gives every person an index from 1 and the same one when they come back', () => {
    expect(roster.join(ana, tab('1')).participant.index).toBe(1);
    expect(roster.join(ben, tab('2')).participant.index).toBe(2);
    roster.leave('ana', '1');
    expect(roster.join({ ...ana, participantId: 'cy' }, tab('3')).participant.index).toBe(3);
    expect(roster.join(ana, tab('4')).participant.index).toBe(1);
  });

  it('PRES5 gives away the index of the person who has been gone longest when all are taken', () => {
    const indexes = new ParticipantIndexes(2);
    expect(indexes.take('a', () => false)).toBe(1);
    expect(indexes.take('b', () => false)).toBe(2);
    expect(indexes.take('a', () => false)).toBe(1);
    expect(indexes.take('c', (id) => id === 'a')).toBe(2);
    expect(() => indexes.take('d', () => true)).toThrow(RangeError);
  });

  it('PRES6 counts a version with every change and tells nothing when nothing changed', () => {
    roster.join(ana, tab('1'));
    roster.setSpeaking('ana', true);
    roster.setSpeaking('ana', true);
    roster.setMedia('ana', '1', { microphone: false, camera: false, screen: false });
    roster.setModelSpeaking(true);
    expect(changes.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(roster.version).toBe(3);
    expect(changes[2]?.changed).toMatchObject([{ participantId: 'model', index: 0, role: 'model', speaking: true }]);
  });

  it('PRES7 takes name and role from the newest ticket', () => {
    roster.join(ana, tab('1'));
    roster.join({ ...ana, name: 'Ana B.', role: 'viewer' }, tab('2'));
    expect(roster.participants()[1]).toMatchObject({ name: 'Ana B.', role: 'viewer' });
  });

  it('PRES9 tells a crowd that comes or goes together, and nothing of it is lost', () => {
    for (let n = 0; n < 100; n += 1) roster.join({ ...ben, participantId: `p${n}` }, tab(`${n}`));
    expect(changes).toHaveLength(20);
    clock.advance(250);
    expect(changes).toHaveLength(21);
    expect(changes.at(-1)?.changed).toHaveLength(80);
    for (let n = 0; n < 100; n += 1) roster.leave(`p${n}`, `${n}`);
    clock.advance(250);
    expect(changes.flatMap(({ removed }) => removed)).toHaveLength(100);
    expect(changes.map(({ version }) => version)).toEqual(changes.map((_, index) => index + 1));
    expect(roster.version).toBe(changes.length);
  });
});
