import type { LogEntry } from '@colloquy/live-protocol';
import { beforeEach, expect, it } from 'vitest';
import { RoomHosts } from './room-hosts.ts';

let entries: LogEntry[] = [];
let hosts: RoomHosts;
beforeEach(() => {
  entries = [];
  hosts = new RoomHosts({ history: async () => ({ entries }) });
});

function added(participantId: string, role: 'host' | 'speaker'): LogEntry {
  const actor = { participantId, name: participantId };
  const body = { ...actor, role };
  return { room: 'r', epoch: 1, seq: entries.length + 1, ts: 0, kind: 'participant.added', actor, body };
}

it('whoever joins an empty room first is its host, also when others come in the same moment', async () => {
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
  hosts.settled('r');
  expect(await hosts.roleOnJoin('r', 'ana')).toBe('speaker');
});

it('rooms do not share their hosts', async () => {
  await hosts.roleOnJoin('r', 'ana');
  expect(await hosts.roleOnJoin('other', 'ben')).toBe('host');
});
