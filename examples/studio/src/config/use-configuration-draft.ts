import type { LiveClientError } from '@colloquy/live-client';
import { useRoomClient, useRoomEvent } from '@colloquy/live-client/react';
import type { RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { useState } from 'react';
import { changesOf, nameField, valueAt, withValue } from './fields.ts';

/** A configuration that is being edited beside the one that holds. */
export interface ConfigurationDraft {
  readonly draft: RoomConfiguration;
  /** Names of the fields that would change. */
  readonly changed: readonly string[];
  /**
   * The version that the room got while this was being edited, and by whom: `null` where that was not seen, as while the
   * connection was away. Applying is on top of it.
   */
  readonly overtaken: { readonly by: string | null; readonly version: number } | null;
  /** Why it was not applied. */
  readonly problem: string | null;
  readonly isBusy: boolean;
  readonly set: (path: string, value: unknown) => void;
  readonly reset: () => void;
  readonly apply: () => Promise<boolean>;
}

/**
 * Edits on top of the room's configuration. What is changed meanwhile, by somebody else or in another tab, shows through
 * wherever nothing was edited. The room says that it has a newer version, however it came by it; whoever was shown that
 * applies on top of it.
 */
export function useConfigurationDraft(room: RoomInfo): ConfigurationDraft {
  const client = useRoomClient();
  const newest = room.configurationVersion;
  const [edits, setEdits] = useState<ReadonlyMap<string, unknown>>(new Map());
  const [version, setVersion] = useState(newest);
  const [lastChange, setLastChange] = useState<{ readonly by: string; readonly version: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const draft = [...edits].reduce((made, [path, value]) => withValue(made, path, value), room.configuration);
  const changes = changesOf(room.configuration, draft);

  useRoomEvent('configurationChanged', ({ by, version: changed }) => {
    setLastChange({ by: by.name, version: changed });
  });
  // While its own changes are on their way they are no news.
  const isOvertaken = edits.size > 0 && newest > version && !isBusy;
  const by = lastChange?.version === newest ? lastChange.by : null;
  const overtaken = isOvertaken ? { by, version: newest } : null;

  const forget = (): void => {
    setEdits(new Map());
    setProblem(null);
  };
  const set = (path: string, value: unknown): void => {
    if (edits.size === 0) setVersion(newest);
    const next = new Map(edits);
    // What is on its way may be about to replace what is there: then going back to that is a change as well.
    const isThere = !isBusy && JSON.stringify(valueAt(room.configuration, path)) === JSON.stringify(value);
    if (isThere) next.delete(path);
    else next.set(path, value);
    setEdits(next);
    setProblem(null);
  };
  const apply = async (): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      // Whoever was shown that there is a newer version, and applies all the same, means it on top of that.
      const made = await client.host.configure(changes, { version: overtaken?.version ?? version });
      // What was edited while these were on their way stays, on top of them.
      setEdits((now) => new Map([...now].filter(([path, value]) => !edits.has(path) || edits.get(path) !== value)));
      setVersion(made.version);
      return true;
    } catch (error) {
      const { code, reason, message } = error as LiveClientError;
      setProblem(code === 'ERR_ROOM_CONFLICT' ? CONFLICT : nameField(reason || message));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { draft, changed: Object.keys(changes), overtaken, problem, isBusy, set, reset: forget, apply };
}

const CONFLICT = 'Somebody changed the configuration meanwhile. Look at it, then apply your changes again.';
