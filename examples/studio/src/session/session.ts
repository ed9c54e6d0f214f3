import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import { endSession, fetchSession, type Session, type StudioInfo, startSession } from '../api/session.ts';

/** What is known of who uses this browser. */
export type SessionState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: string }
  | { readonly status: 'stranger'; readonly studio: StudioInfo }
  | { readonly status: 'known'; readonly session: Session; readonly studio: StudioInfo };

/** What pages behind the introduction work with. */
export interface KnownSession {
  readonly session: Session;
  readonly studio: StudioInfo;
  /** Takes a name, or another one. Rejects with `ApiError`. */
  readonly introduce: (name: string) => Promise<void>;
  /** Forgets this guest: the browser becomes a stranger again. */
  readonly forget: () => Promise<void>;
}

/** Provided to every page behind the introduction. */
export const SessionContext: React.Context<KnownSession | null> = createContext<KnownSession | null>(null);

/** Who uses this browser, on pages behind the introduction. */
export function useSession(): KnownSession {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession() works only on pages inside SessionContext.');
  return session;
}

/** Asks the server who this browser is, and changes it. */
export function useSessionState(): {
  state: SessionState;
  retry: () => void;
  introduce: (name: string) => Promise<void>;
  forget: () => Promise<void>;
} {
  const [state, setState] = useState<SessionState>({ status: 'loading' });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const aborter = new AbortController();
    setState({ status: 'loading' });
    fetchSession(aborter.signal).then(
      ({ session, studio }) => {
        setState(session === null ? { status: 'stranger', studio } : { status: 'known', session, studio });
      },
      (error: Error) => {
        if (!aborter.signal.aborted) setState({ status: 'failed', problem: error.message });
      },
    );
    return () => aborter.abort();
  }, [attempt]);

  const introduce = useCallback(async (name: string) => {
    const session = await startSession(name);
    setState((old) => ('studio' in old ? { status: 'known', session, studio: old.studio } : old));
  }, []);

  const forget = useCallback(async () => {
    await endSession();
    setState((old) => ('studio' in old ? { status: 'stranger', studio: old.studio } : old));
  }, []);

  return { state, retry: () => setAttempt((count) => count + 1), introduce, forget };
}
