import type { LogEntry } from '@colloquy/live-protocol';
import { beforeEach, expect, it } from 'vitest';
import { type HostCandidate, RoomHosts } from './room-hosts.ts';

/** Who made the room; nobody in particular, unless a test says so. */
let maker: string | null = null;
let entries: LogEntry[] = [];
let people: HostCandidate[] = [];
let hosts: RoomHosts;
beforeEach(() => {
  maker = null;
  entries = [];
  people = [];
  hosts = new RoomHosts({
    get: async () => ({ createdBy: maker === null ? null : { participantId: maker, name: maker } }),
    history: async (_, { from, limit }) => {
      const found = entries.slice(from - 1, from - 1 + limit);
      return { entries: found, hasNewer: from - 1 + limit < entries.length };
    },
    sessions: () => [{ roomId: 'r', people }],
    setRole: (_, id, role) => {
      people = people.map((person) => (person.participantId === id ? { ...person, role } : person));
      return true;
    },
  });
});

function added(participantId: string, role: 'host' | 'speaker'): LogEntry {
  const actor = { participantId, name: participantId };
  const body = { ...actor, role };
  return { room: 'r', epoch: 1, seq: entries.length + 1, ts: 0, kind: 'participant.added', actor, body };
}

/** Somebody comes in the role that they are given, and the log says so. */
async function join(participantId: string): Promise<void> {
  const role = (await hosts.roleOnJoin('r', participantId)) as 'host' | 'speaker';
  people = [...people, { participantId, role, status: 'present' }];
  entries.push(added(participantId, role));
  await hosts.peopleChanged('r');
}

async function leave(participantId: string): Promise<void> {
  people = people.filter((person) => person.participantId !== participantId);
  await hosts.peopleChanged('r');
}

/** A host of the room does so. */
function setRole(participantId: string, role: 'host' | 'speaker'): void {
  people = people.map((person) => (person.participantId === participantId ? { ...person, role } : person));
}

const hostsNow = () => people.filter(({ role }) => role === 'host').map(({ participantId }) => participantId);

/** Something is said. */
function say(text: string): void {
  const actor = { participantId: 'ben', name: 'ben' };
  const body = { text, toModel: false };
  entries.push({ room: 'r', epoch: 1, seq: entries.length + 1, ts: 0, kind: 'msg.text', actor, body });
}

it('whoever made a room is its host, whoever comes first', async () => {
  maker = 'ana';
  await join('ben');
  await join('cy');
  expect(hostsNow()).toEqual([]);
  await join('ana');
  expect(hostsNow()).toEqual(['ana']);
});

it('whoever made a room runs it before anybody has been there, and nobody else does', async () => {
  maker = 'ana';
  expect(await hosts.isHost('r', 'ana')).toBe(true);
  await join('ben');
  expect(await hosts.isHost('r', 'ben')).toBe(false);
  expect(await hosts.roleOnJoin('r', 'ben')).toBe('speaker');
});

it('somebody stands in for whoever made a room only after they were there, however late that was', async () => {
  maker = 'ana';
  await join('ben');
  for (let said = 0; said < 1200; said += 1) say('Where is Ana?');
  await leave('cy');
  expect(hostsNow()).toEqual([]);
  await join('ana');
  await leave('ana');
  expect(hostsNow()).toEqual(['ben']);
  // The log says so to the next server as well.
  await leave('ben');
  people = [{ participantId: 'cy', role: 'speaker', status: 'present' }];
  await hosts.peopleChanged('r');
  expect(hostsNow()).toEqual(['cy']);
});

it('whoever joins a room first that nobody made is its host, also when others come in the same moment', async () => {
  const roles = await Promise.all(['ana', 'ben', 'cy'].map((id) => hosts.roleOnJoin('r', id)));
  expect(roles).toEqual(['host', 'speaker', 'speaker']);
});

it('a host who comes back is host again, after a restart too', async () => {
  entries.push(added('ana', 'host'), added('ben', 'speaker'));
  expect(await hosts.roleOnJoin('r', 'ben')).toBe('speaker');
  expect(await hosts.roleOnJoin('r', 'ana')).toBe('host');
  expect(await hosts.isHost('r', 'ana')).toBe(true);
  expect(await hosts.isHost('r', 'ben')).toBe(false);
});

it('nobody is host of a room that nobody joined', async () => {
  expect(await hosts.isHost('r', 'ana')).toBe(false);
});

it('what the log says replaces what was assumed while somebody was joining', async () => {
  await hosts.roleOnJoin('r', 'ana');
  entries.push(added('ben', 'host'));
  await hosts.peopleChanged('r');
  expect(await hosts.roleOnJoin('r', 'ana')).toBe('speaker');
});

it('rooms do not share their hosts', async () => {
  await hosts.roleOnJoin('r', 'ana');
  expect(await hosts.roleOnJoin('other', 'ben')).toBe('host');
});

it('when the host has left, whoever has been there longest stands in, until the host is back', async () => {
  for (const id of ['ana', 'ben', 'cy']) await join(id);
  expect(hostsNow()).toEqual(['ana']);
  await leave('ana');
  expect(hostsNow()).toEqual(['ben']);
  expect(await hosts.isHost('r', 'ben')).toBe(true);
  expect(await hosts.isHost('r', 'cy')).toBe(false);
  await join('ana');
  expect(hostsNow()).toEqual(['ana']);
});

it('a host who is only away stays host', async () => {
  for (const id of ['ana', 'ben']) await join(id);
  people = people.map((person) => (person.participantId === 'ana' ? { ...person, status: 'away' as const } : person));
  await hosts.peopleChanged('r');
  expect(hostsNow()).toEqual(['ana']);
});

it('whoever stands in does so in a second tab, and when others come', async () => {
  for (const id of ['ana', 'ben']) await join(id);
  await leave('ana');
  expect(await hosts.roleOnJoin('r', 'ben')).toBe('host');
  await join('cy');
  expect(hostsNow()).toEqual(['ben']);
});

it('a host who lost the cookie can close the room as somebody new', async () => {
  await join('ana');
  await leave('ana');
  await join('ana-again');
  expect(hostsNow()).toEqual(['ana-again']);
  expect(await hosts.isHost('r', 'ana-again')).toBe(true);
});

it('somebody present stands in before somebody who is away, and a viewer never', async () => {
  entries.push(added('ana', 'host'));
  people = [
    { participantId: 'vic', role: 'viewer', status: 'present' },
    { participantId: 'ben', role: 'speaker', status: 'away' },
    { participantId: 'cy', role: 'speaker', status: 'present' },
  ];
  await hosts.peopleChanged('r');
  expect(hostsNow()).toEqual(['cy']);
});

it('roles that hosts give each other stay as they are, whoever comes and goes', async () => {
  for (const id of ['ana', 'ben', 'cy']) await join(id);
  setRole('ben', 'host');
  await join('dan');
  expect(hostsNow()).toEqual(['ana', 'ben']);
  setRole('ana', 'speaker');
  await leave('dan');
  expect(hostsNow()).toEqual(['ben']);
  expect(await hosts.isHost('r', 'ana')).toBe(false);
  await leave('ben');
  expect(hostsNow()).toEqual(['ana']);
});

it('whoever stood in and was made a host by the founder later stays one', async () => {
  for (const id of ['ana', 'ben']) await join(id);
  await leave('ana');
  await join('ana');
  expect(hostsNow()).toEqual(['ana']);
  setRole('ben', 'host');
  await join('cy');
  expect(hostsNow().sort()).toEqual(['ana', 'ben']);
});
