/** Rooms that this tab has been in: a reload goes straight back in. */
const KEY = 'colloquy.joined';

/** Whether this tab has joined the room before. */
export function wasJoinedHere(roomId: string): boolean {
  return read().includes(roomId);
}

/** Remembers that this tab joined the room, for as long as the tab lives. */
export function rememberJoined(roomId: string): void {
  write([...read().filter((known) => known !== roomId), roomId].slice(-20));
}

/** Whoever leaves on purpose checks devices again when they come back. */
export function forgetJoined(roomId: string): void {
  write(read().filter((known) => known !== roomId));
}

function read(): readonly string[] {
  try {
    const rooms: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(rooms) ? rooms.filter((room) => typeof room === 'string') : [];
  } catch {
    // Storage is switched off, or somebody wrote something else there: devices are checked once more.
    return [];
  }
}

function write(rooms: readonly string[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(rooms));
  } catch {
    // Storage is switched off: devices are checked again after a reload.
  }
}
