import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  type AuthenticatedLiveProxyOptions,
  createLiveProxy,
  type LiveProxy,
  type LiveProxyError,
  type LiveProxyErrorContext,
  type LiveProxyEvent,
  type OpenLiveProxyOptions,
} from '../../src/index.ts';
import { Changes } from './changes.ts';

type Options<Identity> =
  | Omit<AuthenticatedLiveProxyOptions<Identity>, 'logger' | 'onEvent' | 'onError'>
  | Omit<OpenLiveProxyOptions, 'logger' | 'onEvent' | 'onError'>;

/** A server with a proxy under `/live`, and everything it told. */
export interface TestProxy {
  readonly proxy: LiveProxy;
  readonly server: Server;
  /** `ws://127.0.0.1:port` */
  readonly origin: string;
  /** `ws://127.0.0.1:port/live` */
  readonly url: string;
  readonly events: LiveProxyEvent[];
  readonly errors: { error: LiveProxyError; context: LiveProxyErrorContext }[];
  /** Each line with all details, as a careless logger would print it. */
  readonly logLines: string[];
  /** Notified of each event and error. */
  readonly changes: Changes;
  /** Resolves with the first event of a type, past ones included. */
  event<Type extends LiveProxyEvent['type']>(type: Type): Promise<Extract<LiveProxyEvent, { type: Type }>>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startTestProxy<Identity>(
  options: Options<Identity>,
  /** Told of each event in its moment. */
  observe: (event: LiveProxyEvent) => void = () => {},
): Promise<TestProxy> {
  const events: LiveProxyEvent[] = [];
  const errors: TestProxy['errors'] = [];
  const logLines: string[] = [];
  const changes = new Changes();
  const log = (message: string, details?: object) =>
    logLines.push(`${message} ${inspect(details, { depth: 10, showHidden: true })}`);
  const proxy = createLiveProxy({
    ...(options as AuthenticatedLiveProxyOptions<Identity>),
    logger: { debug: log, warn: log, error: log },
    onEvent: (event) => {
      events.push(event);
      observe(event);
      changes.notify();
    },
    onError: (error, context) => {
      errors.push({ error, context });
      changes.notify();
    },
  });
  const server = createServer();
  proxy.attach(server, { path: '/live' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    proxy,
    server,
    origin,
    url: `${origin}/live`,
    events,
    errors,
    logLines,
    changes,
    event: (type) => changes.until(() => events.find((one) => one.type === type) as never),
    async close() {
      await proxy.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
