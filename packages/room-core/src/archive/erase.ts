import type { ColdStore } from '../ports/cold-store.ts';
import { memberObject, roomMembersPrefix } from './object-names.ts';

/** Deletes whatever version of an object there is. */
export async function eraseObject(cold: ColdStore, name: string): Promise<void> {
  const object = await cold.stat(name);
  if (object) await cold.delete(object.name, object.version);
}

/** Deletes the marks of everybody who was in a room: the person's first, by the room's the others are found again. */
export async function eraseMembers(cold: ColdStore, roomId: string): Promise<void> {
  const prefix = roomMembersPrefix(roomId);
  for (;;) {
    const { objects } = await cold.list({ prefix, limit: 1000 });
    if (objects.length === 0) return;
    for (const { name, version } of objects) {
      await eraseObject(cold, memberObject(decodeURIComponent(name.slice(prefix.length)), roomId));
      await cold.delete(name, version);
    }
  }
}
