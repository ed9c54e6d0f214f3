import { classifyPath } from '../mount-path.ts';

/** What a path below the mount means. */
export type RoomPath =
  | { readonly type: 'rooms' }
  | { readonly type: 'room'; readonly roomId: string }
  | { readonly type: 'close'; readonly roomId: string }
  | { readonly type: 'reopen'; readonly roomId: string }
  | { readonly type: 'history'; readonly roomId: string }
  | { readonly type: 'search'; readonly roomId: string }
  | { readonly type: 'export'; readonly roomId: string }
  | { readonly type: 'app-entries'; readonly roomId: string }
  | { readonly type: 'permissions'; readonly roomId: string }
  /** Gemini's wire into a room: for WebSockets only. */
  | { readonly type: 'live'; readonly roomId: string; readonly backend: 'gemini' | 'vertex' }
  | { readonly type: 'recordings'; readonly roomId: string }
  | {
      readonly type: 'recordingFile';
      readonly roomId: string;
      readonly recordingId: string;
      readonly file: string;
    }
  /** Below the mount, but nothing. */
  | { readonly type: 'unknown' };

/** Reads a URL's path; `null` when it is not below the mount and so somebody else's. */
export function parseRoomPath(mountPath: string, pathname: string): RoomPath | null {
  if (pathname !== mountPath && !pathname.startsWith(`${mountPath}/`)) return null;
  const [roomId, part, ...more] = pathname.slice(mountPath.length + 1).split('/');
  if (!roomId) return part === undefined ? { type: 'rooms' } : { type: 'unknown' };
  if (part === 'live') {
    const isGemini = classifyPath(`${mountPath}/${roomId}/live`, pathname) === 'gemini';
    const backend = pathname.includes('/google.cloud.aiplatform') ? 'vertex' : 'gemini';
    return isGemini ? { type: 'live', roomId, backend } : { type: 'unknown' };
  }
  const [recordingId, file, ...rest] = more;
  if (part === 'recordings' && recordingId && file && rest.length === 0) {
    return { type: 'recordingFile', roomId, recordingId, file };
  }
  if (more.length > 0) return { type: 'unknown' };
  if (part === undefined || part === '') return { type: 'room', roomId };
  return isPart(part) ? { type: part, roomId } : { type: 'unknown' };
}

const PARTS = ['close', 'reopen', 'history', 'search', 'export', 'recordings', 'app-entries', 'permissions'] as const;

function isPart(name: string): name is (typeof PARTS)[number] {
  return (PARTS as readonly string[]).includes(name);
}
