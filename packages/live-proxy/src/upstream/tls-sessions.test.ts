import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TlsSessions } from './tls-sessions.ts';

/** Without a certificate, which would end one day; sessions are the same with one. */
const anonymous = { ciphers: 'AECDH:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer(anonymous, (socket) => socket.on('error', () => {}).end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => void server.close());

async function isReused(sessions: TlsSessions, host = '127.0.0.1'): Promise<boolean> {
  const socket = sessions.connect({ host, port, ...anonymous, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const isSessionReused = socket.isSessionReused();
  socket.resume();
  await once(socket, 'close');
  return isSessionReused;
}

test('the second connection to a host goes on where the first one left off', async () => {
  const sessions = new TlsSessions();
  expect(await isReused(sessions)).toBe(false);
  expect(await isReused(sessions)).toBe(true);
  expect(await isReused(sessions)).toBe(true);
});

test('another host has sessions of its own', async () => {
  const sessions = new TlsSessions();
  expect(await isReused(sessions)).toBe(false);
  expect(await isReused(sessions, 'localhost')).toBe(false);
});
