import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type CliCommand = { readonly type: 'help' } | ServeCommand;

/** To listen and forward. */
export interface ServeCommand {
  readonly type: 'serve';
  readonly upstream: string;
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins?: readonly string[];
}

/** The command line cannot be followed; the message names the option, its value and the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `Usage: live-proxy --upstream URL --port N --insecure [--host HOST] [--allow-origin ORIGIN]

Forwards Gemini's Live wire from http://HOST:PORT/ to one upstream, for trying and measuring.

  --upstream URL         where to dial: ws(s):// or http(s)://; without a path, Google's path is added
  --port N               port to listen on; 0 takes a free one
  --host HOST            loopback address to listen on (default 127.0.0.1)
  --allow-origin ORIGIN  page that may connect, such as http://localhost:5173; may be repeated
  --insecure             required: everybody on this machine may use the upstream, because the command
                         line has no authentication; use createLiveProxy in a server for that
  --help                 this text
`;

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Reads the arguments after the program's name.
 *
 * @throws {@link UsageError}
 */
export function parseArguments(args: readonly string[]): CliCommand {
  const values = parse(args);
  if (values.help) return { type: 'help' };
  const { upstream, port, host = '127.0.0.1', insecure = false } = values;
  if (upstream === undefined) throw new UsageError('--upstream is missing; write --upstream ws://127.0.0.1:9090.');
  if (port === undefined) throw new UsageError('--port is missing; write --port 8081, or --port 0 for a free one.');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port ${JSON.stringify(port)} is not a port; write a number from 0 to 65535.`);
  }
  if (!insecure) {
    throw new UsageError(
      'There is no authentication on the command line, so everybody who reaches this port could use the upstream; add --insecure to accept that on this machine only.',
    );
  }
  if (!loopbackHosts.has(host)) {
    throw new UsageError(
      `--host ${JSON.stringify(host)} is reachable by others, and --insecure serves this machine only; leave --host out, or mount createLiveProxy with authenticate.`,
    );
  }
  return { type: 'serve', upstream, host, port: Number(port), allowedOrigins: values['allow-origin'] };
}

interface Values {
  readonly upstream?: string;
  readonly port?: string;
  readonly host?: string;
  readonly 'allow-origin'?: readonly string[];
  readonly insecure?: boolean;
  readonly help?: boolean;
}

function parse(args: readonly string[]): Values {
  const options = {
    upstream: { type: 'string' },
    port: { type: 'string' },
    host: { type: 'string' },
    'allow-origin': { type: 'string', multiple: true },
    insecure: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
