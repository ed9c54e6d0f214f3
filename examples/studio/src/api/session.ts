import { request } from './request.ts';

/** Who this browser is. */
export interface Session {
  readonly participantId: string;
  readonly name: string;
}

/** Which model the studio's rooms talk to. */
export interface StudioInfo {
  readonly model: string;
  /** Whether hosts may record here. */
  readonly recording: boolean;
  readonly source: 'emulator' | 'gemini-api' | 'vertex' | 'endpoint';
  /** Whether people pick their names here, or a sign-in in front of the studio gives them. */
  readonly identity: 'chosen' | 'given';
}

/** Who this browser is, `null` for a stranger, and what the studio runs on. */
export function fetchSession(signal?: AbortSignal): Promise<{ session: Session | null; studio: StudioInfo }> {
  return request('/api/session', { signal });
}

/** Introduces this browser's guest under a name; again to change the name. */
export async function startSession(name: string): Promise<Session> {
  const { session } = await request<{ session: Session }>('/api/session', { method: 'POST', body: { name } });
  return session;
}

/** Forgets this browser's guest. */
export function endSession(): Promise<void> {
  return request('/api/session', { method: 'DELETE' });
}
