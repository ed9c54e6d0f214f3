import type { ModelProfile, Setup } from '@colloquy/live-protocol';

/** The setup of a session's first connection: resumption is on, and on Vertex the service counts messages. */
export function lastingSetup(setup: Setup, profile: ModelProfile): Setup {
  const transparent = profile.supports.transparentResumption ? { transparent: true } : {};
  return { ...setup, sessionResumption: { ...transparent, ...setup.sessionResumption } };
}

/** The same session on another connection. Its initial history has been told. */
export function resumedSetup(setup: Setup, handle: string): Setup {
  const { historyConfig: _, ...rest } = setup;
  return { ...rest, sessionResumption: { ...setup.sessionResumption, handle } };
}

/** A session that knows nothing; `isSeeded`: history follows in the form that the model takes. */
export function freshSetup(setup: Setup, profile: ModelProfile, isSeeded: boolean): Setup {
  const { historyConfig: _, ...rest } = setup;
  const { handle: __, ...sessionResumption } = setup.sessionResumption ?? {};
  const isInitial = isSeeded && profile.historyInput === 'initial';
  return {
    ...rest,
    sessionResumption,
    ...(isInitial ? { historyConfig: { initialHistoryInClientContent: true } } : {}),
  };
}
