import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOM_SUBPROTOCOL, type RoomInfo, type RoomServerMessage } from '@colloquy/live-protocol';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IAP_HEADER } from './iap-visitors.ts';
import { type RunningStudio, startStudio } from './studio.ts';

const audience = '/projects/123456789/locations/europe-west1/services/colloquy-studio';
let studio: RunningStudio;
let assets = '';
/** Publishes the proxy's keys, as Google does. */
let publisher: Server;
let privateKey: CryptoKey;
let isDown = false;

beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'studio-'));
  await writeFile(join(assets, 'index.html'), '<div id="root"></div>');
  const pair = await generateKeyPair('ES256');
  privateKey = pair.privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
  publisher = createServer((_, response) => {
    response.writeHead(isDown ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await once(publisher, 'listening');
  studio = await startBehindProxy();
});

afterAll(async () => {
  await studio.close({ graceMs: 0 });
  publisher.close();
  await rm(assets, { recursive: true });
});

function startBehindProxy(): Promise<RunningStudio> {
  const keysUrl = `http://127.0.0.1:${(publisher.address() as AddressInfo).port}/`;
  const auth = { kind: 'iap', audience, keysUrl } as const;
  return startStudio({ port: 0, assets, dataDirectory: ':memory:', emulator: { voice: 'synthetic' }, auth });
}

interface Changes {
  readonly claims?: JWTPayload;
  readonly key?: CryptoKey | Uint8Array;
  readonly alg?: string;
}

/** What the proxy puts into its header. */
async function assertion({ claims = {}, key = privateKey, alg = 'ES256' }: Changes = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const standard = {
    ...{ iss: 'https://cloud.google.com/iap', aud: audience, iat: now, exp: now + 600 },
    ...{ sub: 'accounts.google.com:118133858486581853996', email: 'ana.lopez@example.com' },
  };
  return new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg, kid: 'one' }).sign(key);
}

async function sessionOf(headers: Record<string, string>, at: RunningStudio = studio): Promise<unknown> {
  const response = await fetch(`${at.url}/api/session`, { headers });
  return ((await response.json()) as { session: unknown }).session;
}

describe('behind Identity-Aware Proxy', () => {
  it('people are who the proxy has signed in, with the same id each time and no address for others to see', async () => {
    const ana = await sessionOf({ [IAP_HEADER]: await assertion() });
    expect(ana).toEqual({ participantId: expect.stringMatching(/^iap-[\w-]{22}$/), name: 'ana.lopez' });
    expect(await sessionOf({ [IAP_HEADER]: await assertion({ claims: { email: 'a@example.com' } }) })).toEqual({
      ...(ana as object),
      name: 'a',
    });
    expect(JSON.stringify(ana)).not.toMatch(/1181338|example\.com/);
    const ben = await sessionOf({ [IAP_HEADER]: await assertion({ claims: { sub: 'accounts.google.com:2' } }) });
    expect(ben).not.toEqual(ana);
  });

  it('a header that the proxy has not signed, or has signed for somebody else, is a stranger’s', async () => {
    const other = await generateKeyPair('ES256');
    const past = Math.floor(Date.now() / 1000) - 3_600;
    const wrong = [
      await assertion({ key: other.privateKey }),
      await assertion({ claims: { aud: '/projects/1/global/backendServices/2' } }),
      await assertion({ claims: { iss: 'https://accounts.google.com' } }),
      await assertion({ claims: { iat: past, exp: past + 600 } }),
      await assertion({ claims: { exp: undefined } }),
      await assertion({ claims: { sub: undefined } }),
      await assertion({ alg: 'HS256', key: new Uint8Array(32) }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`,
      'ana@example.com',
    ];
    for (const header of wrong) expect(await sessionOf({ [IAP_HEADER]: header })).toBeNull();
    const unsigned = { 'x-goog-authenticated-user-email': 'accounts.google.com:ana.lopez@example.com' };
    expect(await sessionOf(unsigned)).toBeNull();
    expect((await fetch(`${studio.url}/api/rooms`, { headers: unsigned })).status).toBe(401);
  });

  it('nobody picks a name, and the cookie of a guest counts for nothing', async () => {
    const guests = await startStudio({ port: 0, assets, dataDirectory: ':memory:', secret: 's'.repeat(40) });
    const introduced = await introduce(guests);
    const cookie = introduced.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await sessionOf({ cookie }, guests)).toMatchObject({ name: 'Ana' });
    await guests.close({ graceMs: 0 });
    expect(await sessionOf({ cookie })).toBeNull();
    const refused = await introduce(studio);
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null]);
    expect(await refused.json()).toMatchObject({ error: { code: 'ERR_NAME_GIVEN' } });
  });

  it('people create rooms and join them under the name that the proxy vouches for', async () => {
    const headers = { [IAP_HEADER]: await assertion(), 'content-type': 'application/json' };
    const created = await fetch(`${studio.url}/api/rooms`, { method: 'POST', headers, body: '{"name":"Panel"}' });
    const { id } = (await created.json()) as RoomInfo;
    // Node's WebSocket takes headers; the type of browsers does not know them.
    const options = { protocols: [ROOM_SUBPROTOCOL], headers } as unknown as string[];
    const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/api/rooms/${id}`, options);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', v: 1, clientId: crypto.randomUUID() }));
    const [{ data }] = (await once(socket, 'message')) as [{ data: string }];
    const welcome = JSON.parse(data) as Extract<RoomServerMessage, { type: 'welcome' }>;
    const self = welcome.participants.find(({ participantId }) => participantId === welcome.self.participantId);
    expect(self).toMatchObject({ name: 'ana.lopez', role: 'host' });
    socket.close();
  });

  it('keys that cannot be fetched are an outage, and make nobody a stranger', async () => {
    isDown = true;
    const started = await startBehindProxy();
    try {
      const response = await fetch(`${started.url}/api/session`, { headers: { [IAP_HEADER]: await assertion() } });
      expect(response.status).toBe(500);
    } finally {
      isDown = false;
      await started.close({ graceMs: 0 });
    }
  });
});

function introduce(at: RunningStudio): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${at.url}/api/session`, { method: 'POST', headers, body: '{"name":"Ana"}' });
}
