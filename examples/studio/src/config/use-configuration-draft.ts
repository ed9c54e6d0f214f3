import type { LiveClientError } from '@colloquy/live-client';
import { useRoomClient, useRoomEvent } from '@colloquy/live-client/react';
import type { RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { useState } from 'react';
import { changesOf, valueAt, withValue } from './fields.ts';

/** A configuration that is being edited beside the one that holds. */
export interface ConfigurationDraft {
  readonly draft: RoomConfiguration;
  /** Names of the fields that would change. */
  readonly changed: readonly string[];
  /** Who changed the configuration while this was being edited, and to which version. */
  readonly overtaken: { readonly by: string; readonly version: number } | null;
  /** Why it was not applied. */
  readonly problem: string | null;
  readonly isBusy: boolean;
  readonly set: (path: string, value: unknown) => void;
  readonly reset: () => void;
  readonly apply: () => Promise<boolean>;
}

/**
 * Edits on top of the room's configuration. What somebody else changes meanwhile shows through wherever nothing was
 * edited; applying is refused if it was made for an older version, and says who was faster.
 */
export function useConfigurationDraft(room: RoomInfo): ConfigurationDraft {
  const client = useRoomClient();
  const [edits, setEdits] = useState<ReadonlyMap<string, unknown>>(new Map());
  const [version, setVersion] = useState(room.configurationVersion);
  const [overtaken, setOvertaken] = useState<ConfigurationDraft['overtaken']>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const draft = [...edits].reduce((made, [path, value]) => withValue(made, path, value), room.configuration);
  const changes = changesOf(room.configuration, draft);

  useRoomEvent('configurationChanged', ({ by, version: newer }) => {
    const { self } = client.getSnapshot();
    if (edits.size > 0 && by.participantId !== self?.participantId) setOvertaken({ by: by.name, version: newer });
  });

  const forget = (): void => {
    setEdits(new Map());
    setOvertaken(null);
    setProblem(null);
  };
  const set = (path: string, value: unknown): void => {
    if (edits.size === 0) setVersion(room.configurationVersion);
    const next = new Map(edits);
    if (JSON.stringify(valueAt(room.configuration, path)) === JSON.stringify(value)) next.delete(path);
    else next.set(path, value);
    setEdits(next);
    setProblem(null);
    if (next.size === 0) setOvertaken(null);
  };
  const apply = async (): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      // Whoever was told that somebody was faster, and applies all the same, means it on top of that.
      await client.host.configure(changes, { version: overtaken?.version ?? version });
      forget();
      return true;
    } catch (error) {
      const { code, reason, message } = error as LiveClientError;
      setProblem(code === 'ERR_ROOM_CONFLICT' ? CONFLICT : reason || message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { draft, changed: Object.keys(changes), overtaken, problem, isBusy, set, reset: forget, apply };
}

const CONFLICT = 'Somebody changed the configuration meanwhile. Look at it, then apply your changes again.';
