import type { RoomInfo } from '@colloquy/live-protocol';
import { createContext, type ReactNode, useContext } from 'react';
import { type ConfigurationDraft, useConfigurationDraft } from './use-configuration-draft.ts';

const ConfigurationDraftContext: React.Context<ConfigurationDraft | null> = createContext<ConfigurationDraft | null>(
  null,
);

/** Keeps what is edited of the settings while they are out of sight. */
export function ConfigurationDraftProvider({ room, children }: { room: RoomInfo; children: ReactNode }): ReactNode {
  return <ConfigurationDraftContext value={useConfigurationDraft(room)}>{children}</ConfigurationDraftContext>;
}

/** @throws Error outside a {@link ConfigurationDraftProvider}. */
export function useDraftOfSettings(): ConfigurationDraft {
  const draft = useContext(ConfigurationDraftContext);
  if (draft === null) throw new Error('useDraftOfSettings() works only inside a ConfigurationDraftProvider.');
  return draft;
}
