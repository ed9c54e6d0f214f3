import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLiveProxy, endpoint } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';

/** Without a certificate, which would end one day. */
const anonymous = { ciphers: 'AECDH:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;

test('an HTTPS server is served like an HTTP one, and its own requests stay its own', async () => {
  const upstream = await ScriptedUpstream.start();
  const proxy = createLiveProxy({ upstream: endpoint({ url: upstream.url }), authenticate: () => ({ id: 'ana' }) });
  const server = createServer(anonymous, (_, response) => response.end('the application'));
  const detach = proxy.attach(server, { path: '/live' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const client = await TestClient.open(`wss://127.0.0.1:${port}/live`, { ...anonymous, rejectUnauthorized: false });
  client.send({ setup: defaultSetup });
  expect((await client.message(0)).data.toString()).toBe('{"setupComplete":{}}');
  const connection = await upstream.connection();
  connection.socket.send(Buffer.alloc(200_000, 'a'));
  expect((await client.message(1)).data.byteLength).toBe(200_000);

  const foreign = new TestClient(`wss://127.0.0.1:${port}/other`, { ...anonymous, rejectUnauthorized: false });
  const [, response] = await once(foreign.socket, 'unexpected-response');
  expect(response.statusCode).toBe(200);
  response.destroy();

  await proxy.close();
  expect((await client.closed).code).toBe(4503);
  detach();
  server.closeAllConnections();
  server.close();
  await upstream.close();
});
