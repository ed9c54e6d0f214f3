import type { ModelProfile, Setup } from '@colloquy/live-protocol';
import type { Opening } from './reconnection.ts';

/** The setup of a session's first connection: resumption is on, and on Vertex the service counts messages. */
export function lastingSetup(setup: Setup, profile: ModelProfile): Setup {
  const transparent = profile.supports.transparentResumption ? { transparent: true } : {};
  return { ...setup, sessionResumption: { ...transparent, ...setup.sessionResumption } };
}

/** The setup of a later connection; `handle: null`: of a session that knows nothing but the history. */
export function nextSetup(setup: Setup, profile: ModelProfile, { handle, history }: Omit<Opening, 'permit'>): Setup {
  return handle === null ? freshSetup(setup, profile, history.length > 0) : resumedSetup(setup, handle);
}

/** The same session on another connection. Its initial history has been told. */
function resumedSetup(setup: Setup, handle: string): Setup {
  const { historyConfig: _, ...rest } = setup;
  return { ...rest, sessionResumption: { ...setup.sessionResumption, handle } };
}

/** A session that knows nothing; `isSeeded`: history follows in the form that the model takes. */
function freshSetup(setup: Setup, profile: ModelProfile, isSeeded: boolean): Setup {
  const { historyConfig: _, ...rest } = setup;
  const { handle: __, ...sessionResumption } = setup.sessionResumption ?? {};
  const isInitial = isSeeded && profile.historyInput === 'initial';
  return {
    ...rest,
    sessionResumption,
    ...(isInitial ? { historyConfig: { initialHistoryInClientContent: true } } : {}),
  };
}
