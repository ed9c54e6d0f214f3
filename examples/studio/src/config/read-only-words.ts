import type { Participant, RoomInfo } from '@colloquy/live-protocol';

/** Why somebody who is no host cannot change the settings, and who could. */
export function describeReadOnly(
  people: readonly Pick<Participant, 'role'>[],
  { createdBy }: Pick<RoomInfo, 'createdBy'>,
): string {
  const rule = 'Only a host changes these.';
  if (people.some(({ role }) => role === 'host')) return rule;
  if (createdBy === null) return `${rule} None is here now.`;
  return `${rule} ${createdBy.name}, who made this room, becomes its host on joining.`;
}
