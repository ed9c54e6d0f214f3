import { useContext, useEffect, useRef } from 'react';
import type { LiveTool } from '../gemini/live-tool.ts';
import type { RoomClientTool } from '../room/room-tools.ts';
import { LiveContext } from './live-context.ts';
import { RoomContext } from './room-context.ts';

/**
 * Lets the model call a function of this component while it is mounted. The newest `run` is used, so it may use state.
 *
 * Under a `LiveProvider` the declaration is told to the model with the next connection, so mount it before `connect()`.
 *
 * @throws Error outside a provider.
 */
export function useClientTool<Args>(tool: LiveTool<Args>): void;
/**
 * Under a `RoomProvider`: runs a tool of the room while this component is mounted, when this page is chosen; the server
 * declares it with `runsIn`. The newest `run` is used, so it may use state.
 *
 * @throws Error outside a provider.
 */
export function useClientTool<Args>(tool: RoomClientTool<Args>): void;
export function useClientTool<Args>(tool: RoomClientTool<Args> & Partial<LiveTool<Args>>): void {
  const live = useContext(LiveContext);
  const room = useContext(RoomContext);
  if (!live && !room) throw new Error('useClientTool needs a LiveProvider or a RoomProvider above it.');
  const newest = useRef(tool);
  useEffect(() => {
    newest.current = tool;
  });
  const { name } = tool;
  // biome-ignore lint/correctness/useExhaustiveDependencies: registered once for each name; `newest` follows the rest.
  useEffect(() => {
    const run: LiveTool<Args>['run'] = (args, context) => newest.current.run(args, context);
    // The nearer one is not known; a conversation is the more particular.
    if (live) return live.registerTool<Args>({ description: '', ...tool, run });
    return room?.registerTool<Args>({ ...tool, run });
  }, [live, room, name]);
}
