import { useEffect, useRef } from 'react';
import type { LiveTool } from '../gemini/live-tool.ts';
import { useLiveClient } from './live-context.ts';

/**
 * Lets the model call a function of this component while it is mounted. The newest `run` is used, so it may use state;
 * the declaration is told to the model with the next connection, so mount it before `connect()`.
 *
 * @throws Error outside a `LiveProvider`.
 */
export function useClientTool<Args>(tool: LiveTool<Args>): void {
  const client = useLiveClient();
  const newest = useRef(tool);
  useEffect(() => {
    newest.current = tool;
  });
  const { name } = tool;
  // biome-ignore lint/correctness/useExhaustiveDependencies: registered once for each name; `newest` follows the rest.
  useEffect(
    () => client.registerTool({ ...tool, run: (args: Args, context) => newest.current.run(args, context) }),
    [client, name],
  );
}
