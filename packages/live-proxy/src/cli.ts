import { parseArguments, type ServeCommand, UsageError, usage } from './cli/arguments.ts';
import { type Serving, serve } from './cli/serve.ts';
import { endpoint } from './upstream/endpoint.ts';
import type { Upstream } from './upstream/upstream.ts';

/** Runs the command and returns its exit code, or `null` while it serves. */
async function run(args: readonly string[]): Promise<number | null> {
  const command = parseArguments(args);
  if (command.type === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const upstream = upstreamOf(command.upstream);
  const serving = await startServing(command, upstream);
  process.stdout.write(`live-proxy ${serving.url} -> ${upstream.describe()}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void serving.close());
  return null;
}

async function startServing(command: ServeCommand, upstream: Upstream): Promise<Serving> {
  try {
    return await serve({ ...command, upstream, print: (line) => process.stderr.write(`${line}\n`) });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`--allow-origin: ${error.message}`);
    throw error;
  }
}

function upstreamOf(url: string): Upstream {
  try {
    return endpoint({ url });
  } catch (error) {
    throw new UsageError(`--upstream: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `${error.message}; choose another --port, or --port 0 for a free one.`;
  if (code === 'EACCES') return `${error.message}; choose a --port from 1024.`;
  return error.message;
}

try {
  const exitCode = await run(process.argv.slice(2));
  if (exitCode !== null) process.exitCode = exitCode;
} catch (error) {
  const wrongUsage = error instanceof UsageError;
  process.stderr.write(`live-proxy: ${explain(error)}${wrongUsage ? ' See live-proxy --help.' : ''}\n`);
  process.exitCode = wrongUsage ? 2 : 1;
}
