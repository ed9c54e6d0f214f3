import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Authenticate, createLiveProxy, endpoint, LiveProxyError } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  await under?.close();
  await upstream.close();
});

async function start(authenticate: Authenticate<{ id: string }>, more: object = {}): Promise<void> {
  under = await startTestProxy({ upstream: endpoint({ url: upstream.url }), authenticate, ...more });
}

/** The whole answer to a request that offers another protocol. */
async function upgradeTo(protocol: string, path: string, fields = ''): Promise<string> {
  const raw = connect(Number(new URL(under.origin).port), '127.0.0.1');
  raw.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${fields}\r\n`);
  let answer = '';
  for await (const chunk of raw) answer += chunk;
  return answer;
}

describe('options', () => {
  const valid = { upstream: endpoint({ url: 'ws://127.0.0.1:1' }), authenticate: () => null };

  test.each([
    [{ upstream: valid.upstream }, /authenticate is missing, .* allowUnauthenticated: true/],
    [{ ...valid, allowUnauthenticated: true }, /authenticate and allowUnauthenticated: true exclude each other/],
    [{ ...valid, upstream: undefined }, /upstream is missing; pass vertex/],
    [{ ...valid, authenticate: 'yes' }, /authenticate must be a function, not string/],
    [{ ...valid, setup: {} }, /setup must be a function, not object/],
    [{ ...valid, allowedOrigin: [] }, /allowedOrigin is not an option; options are upstream/],
    [{ ...valid, allowedOrigins: ['studio.example'] }, /allowedOrigins: "studio.example" is not an origin/],
    [{ ...valid, limits: { maxMessageBytes: -1 } }, /limits.maxMessageBytes is -1/],
  ])('a proxy is not made from wrong options (%#)', (options, message) => {
    expect(() => createLiveProxy(options as never)).toThrow(message);
  });

  test('an open relay is made only when it is asked for', () => {
    expect(() => createLiveProxy({ upstream: valid.upstream, allowUnauthenticated: true })).not.toThrow();
  });
});

test('the identity has one type from the hook that made it to the hook that uses it', () => {
  const upstream = endpoint({ url: 'ws://127.0.0.1:1' });
  createLiveProxy({
    upstream,
    authenticate: async ({ ticket }) => (ticket === null ? null : { id: ticket }),
    setup: (requested, identity) => {
      expectTypeOf(identity).toEqualTypeOf<{ id: string }>();
      return requested;
    },
  });
  createLiveProxy({
    upstream,
    allowUnauthenticated: true,
    setup: (requested, identity) => {
      expectTypeOf(identity).toEqualTypeOf<null>();
      return requested;
    },
  });
});

describe('authentication', () => {
  test('a client that is not known is refused before the upgrade', async () => {
    await start(() => null);
    const { status, body } = await refusalOf(under.url);
    expect(status).toBe(401);
    expect(JSON.parse(body).error.code).toBe('ERR_NOT_AUTHENTICATED');
    expect(await under.event('upgradeRefused')).toMatchObject({ status: 401, code: 'ERR_NOT_AUTHENTICATED' });
  });

  test('a hook may refuse with its own words', async () => {
    await start(() => {
      throw new LiveProxyError('ERR_NOT_ALLOWED', 'Your plan has no voice.');
    });
    const { status, body } = await refusalOf(under.url);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({ error: { code: 'ERR_NOT_ALLOWED', message: 'Your plan has no voice.' } });
  });

  test('a hook that fails is reported, and the client learns nothing of it', async () => {
    await start(() => {
      throw Object.assign(new Error('database at 10.0.0.7 is down'), { config: { password: 'secret' } });
    });
    const { status, body } = await refusalOf(under.url);
    expect(status).toBe(503);
    expect(body).not.toContain('10.0.0.7');
    expect(under.errors[0]).toMatchObject({
      error: { code: 'ERR_AUTHENTICATION_FAILED', cause: { message: 'database at 10.0.0.7 is down' } },
      context: { stage: 'authenticate', sessionId: null },
    });
    expect(under.errors[0]?.error.cause).not.toHaveProperty('config');
  });

  test('a hook that does not answer in time refuses, and its signal aborts', async () => {
    let aborted = false;
    const authenticate: Authenticate<{ id: string }> = (_, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    };
    await start(authenticate, { limits: { handshakeTimeoutMs: 20 } });
    expect((await refusalOf(under.url)).status).toBe(503);
    expect(aborted).toBe(true);
  });

  test('the hook sees the request, and its identity reaches the setup hook and the events', async () => {
    const seen: unknown[] = [];
    await start(
      ({ ticket, url, incoming }) => ({ id: `${ticket} ${url.searchParams.get('key')} ${incoming?.method}` }),
      {
        setup: (requested: object, identity: unknown) => {
          seen.push(identity);
          return requested;
        },
      },
    );
    const client = await TestClient.open(`${under.url}?key=k1`, { protocols: ['app.v1', 'ticket.t1'] });
    expect(client.socket.protocol).toBe('app.v1');
    client.send({ setup: defaultSetup });
    await client.message(0);
    expect(seen).toEqual([{ id: 't1 k1 GET' }]);
    expect(await under.event('sessionOpened')).toMatchObject({
      identity: { id: 't1 k1 GET' },
      remoteAddress: '127.0.0.1',
    });
    expect(under.logLines.length).toBeGreaterThan(1);
    expect(under.logLines.join('\n')).not.toContain('t1 k1');
  });

  test('a client that leaves while it is authenticated aborts the hook and leaves nothing behind', async () => {
    const asked = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ id: string }>();
    await start((_, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      asked.resolve();
      return answer.promise;
    });
    const client = new TestClient(under.url);
    await asked.promise;
    client.socket.terminate();
    await aborted.promise;
    answer.resolve({ id: 'late' });
    await under.proxy.close();
    expect(under.events.filter(({ type }) => type === 'sessionOpened')).toEqual([]);
    expect(under.errors).toEqual([]);
    expect(upstream.tcpConnections).toBe(0);
  });
});

describe('origins', () => {
  test('pages of the server itself and clients without a page may connect by default, other pages not', async () => {
    await start(() => ({ id: 'ana' }));
    const own = under.origin.replace('ws:', 'http:');
    expect((await TestClient.openSession(under.url)).received).toHaveLength(1);
    expect((await TestClient.open(under.url, { origin: own })).socket.readyState).toBe(1);
    const { status, body } = await refusalOf(under.url, { origin: 'https://evil.example' });
    expect(status).toBe(403);
    expect(JSON.parse(body).error.message).toContain('"https://evil.example"');
  });

  test('the hook is not even asked about pages that may not connect', async () => {
    let asked = 0;
    await start(
      () => {
        asked += 1;
        return { id: 'ana' };
      },
      { allowedOrigins: ['https://studio.example'] },
    );
    await refusalOf(under.url, { origin: 'https://evil.example' });
    expect(asked).toBe(0);
    await TestClient.open(under.url, { origin: 'https://studio.example' });
    expect(asked).toBe(1);
  });
});

describe('mounting', () => {
  const sdkPaths = [
    '',
    '/',
    '?key=x',
    '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=x',
    '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent',
    '//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
  ];

  test.each(sdkPaths)('the path /live%s reaches Gemini', async (path) => {
    await start(() => ({ id: 'ana' }));
    const client = await TestClient.openSession(under.url + path);
    expect(client.received[0]?.data.toString()).toBe('{"setupComplete":{}}');
  });

  test('another path below the mount gets an answer that helps', async () => {
    await start(() => ({ id: 'ana' }));
    const { status, body } = await refusalOf(`${under.url}/v1/chat`);
    expect(status).toBe(404);
    expect(JSON.parse(body).error.message).toContain('connect to /live');
  });

  test('upgrade handlers of other paths work on', async () => {
    await start(() => ({ id: 'ana' }));
    const other = new WebSocketServer({ noServer: true });
    under.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') other.handleUpgrade(request, socket, head, (chat) => chat.send('hello'));
    });
    const client = await TestClient.open(`${under.origin}/chat`);
    expect((await client.message(0)).data.toString()).toBe('hello');
  });

  test('an upgrade of a path that nobody takes is a request to the application, as it was before', async () => {
    await start(() => ({ id: 'ana' }));
    under.server.on('request', (request, response) => response.writeHead(410).end(`no ${request.url}`));
    expect(await refusalOf(`${under.origin}/chat`)).toEqual({ status: 410, body: 'no /chat' });
    under.server.removeAllListeners('request');
    expect((await refusalOf(`${under.origin}/chat`)).status).toBe(404);
  });

  test('an offer of another protocol is ignored, and the request is answered', async () => {
    await start(() => ({ id: 'ana' }));
    under.server.on('request', async (request, response) => {
      if (!(await under.proxy.handleRequest(request, response))) response.end('the application');
    });
    expect(await upgradeTo('h2c', '/')).toMatch(/^HTTP\/1\.1 200 [\s\S]*the application$/);
    expect(await upgradeTo('h2c', '/live/health')).toMatch(/^HTTP\/1\.1 200 [\s\S]*{"status":"ok"}$/);
    expect(await upgradeTo('h2c', '/live')).toMatch(/^HTTP\/1\.1 426 /);
    expect(await upgradeTo('h2c', '/', 'Content-Length: 5\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*without the header/);
    await TestClient.openSession(under.url);
  });

  test('an offer of another protocol is somebody else’s where somebody listens for it', async () => {
    await start(() => ({ id: 'ana' }));
    under.server.on('upgrade', (request, socket) => {
      if (request.url === '/h2') socket.end('HTTP/1.1 418 I am a teapot\r\n\r\n');
    });
    expect(await upgradeTo('h2c', '/h2')).toMatch(/^HTTP\/1\.1 418 /);
  });

  test('after the undo the path is nobody’s, and open sessions go on', async () => {
    await start(() => ({ id: 'ana' }));
    const detach = under.proxy.attach(under.server, { path: '/other' });
    const client = await TestClient.openSession(`${under.origin}/other`);
    detach();
    expect(under.server.listenerCount('upgrade')).toBe(1);
    client.send({ realtimeInput: { text: 'still here' } });
    expect((await (await upstream.connection()).message(1)).data.toString()).toContain('still here');
  });

  test('a WebSocket handshake that is none gets an HTTP error', async () => {
    await start(() => ({ id: 'ana' }));
    expect(await upgradeTo('websocket', '/live')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('closing', () => {
  test('new clients are refused, sessions end with 4503, and everything is gone', async () => {
    await start(() => ({ id: 'ana' }));
    const client = await TestClient.openSession(under.url);
    const closing = under.proxy.close();
    expect((await refusalOf(under.url)).status).toBe(503);
    expect(await client.closed).toMatchObject({ code: 4503 });
    await closing;
    expect(await (await upstream.connection()).closed).toEqual({ code: 1000, reason: '' });
  });

  test('a session that ends within the grace ends as it would have', async () => {
    await start(() => ({ id: 'ana' }));
    const client = await TestClient.openSession(under.url);
    client.send({ realtimeInput: { text: 'a turn' } });
    await (await upstream.connection()).message(1);
    const closing = under.proxy.close({ graceMs: 60_000 });
    client.socket.close(1000, 'done');
    await closing;
    expect(await (await upstream.connection()).closed).toEqual({ code: 1000, reason: 'done' });
  });

  test('an upgrade under way is refused', async () => {
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await start(() => {
      asked();
      return new Promise(() => {});
    });
    const refusal = refusalOf(under.url);
    await isAsked;
    await under.proxy.close();
    expect((await refusal).status).toBe(503);
  });
});
