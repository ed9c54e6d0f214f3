import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppRequests } from './app-requests.ts';
import { GuestSessions } from './sessions.ts';
import { NONCE_PLACEHOLDER, StaticFiles } from './static-files.ts';

const origin = 'https://studio.example';
const script = `console.log(${JSON.stringify('x'.repeat(4000))});`;
let directory = '';
let server: Server;
let url = '';
let app: AppRequests;
const errors: unknown[] = [];

const guests = new GuestSessions({ secret: 's'.repeat(40), secure: true });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'studio-assets-'));
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), `<style nonce="${NONCE_PLACEHOLDER}"></style><div id="root"></div>`);
  await writeFile(join(directory, 'assets/main-1a2b3c.js'), script);
  await writeFile(join(directory, 'favicon.svg'), '<svg/>');
  app = new AppRequests({
    visitors: guests,
    guests,
    metrics: null,
    source: { kind: 'emulator', model: 'gemini-test' },
    allowedOrigins: [origin],
    secure: true,
    assets: await StaticFiles.load(directory),
    rooms: {
      handleRequest: async (request, response) => {
        if (request.url?.endsWith('/broken')) throw new Error('a secret detail');
        if (!request.url?.startsWith('/api/rooms')) return false;
        response.end('rooms');
        return true;
      },
    },
    logger: { error: (_message, details) => errors.push(details?.error) },
  });
  server = createServer((request, response) => void app.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

describe('the app', () => {
  it.each(['/', '/rooms/abc', '/rooms/abc/', '/rooms/abc/history', '/?x=1'])('is served at %s', async (path) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).toContain('id="root"');
  });

  it('is served with 404 at an address it does not know, so that it can say so itself', async () => {
    const response = await fetch(`${url}/nowhere/at/all`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('id="root"');
  });

  it('carries a nonce that its policy names, another one for each page', async () => {
    const nonces = await Promise.all(
      [0, 1].map(async () => {
        const response = await fetch(url);
        const [, nonce = ''] = /nonce="([^"]+)"/.exec(await response.text()) ?? [];
        expect(response.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`);
        return nonce;
      }),
    );
    expect(nonces[0]).toMatch(/^[A-Za-z0-9+/=]{20,}$/);
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('allows scripts of its own files only, and may not be framed', async () => {
    const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/(^|; )default-src 'self'(;|$)/);
    expect(policy).toMatch(/(^|; )script-src 'self'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe/);
  });

  it('has the headers that keep browsers strict, on errors too', async () => {
    for (const path of ['/', '/favicon.svg', '/missing.js', '/api/nothing', '/healthz']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toContain('microphone=(self)');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
    }
  });
});

describe('files', () => {
  it('whose name has a hash are kept for ever, others are checked again', async () => {
    const hashed = await fetch(`${url}/assets/main-1a2b3c.js`);
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(hashed.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const icon = await fetch(`${url}/favicon.svg`);
    expect(icon.headers.get('cache-control')).toBe('no-cache');
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    const again = await fetch(`${url}/favicon.svg`, { headers: { 'if-none-match': icon.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  it('are compressed for those who can read that', async () => {
    const compressed = await fetch(`${url}/assets/main-1a2b3c.js`);
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(await compressed.text()).toBe(script);
    const plain = await fetch(`${url}/assets/main-1a2b3c.js`, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(script);
  });

  it('that are missing do not come as a page', async () => {
    const response = await fetch(`${url}/assets/main-old.js`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('outside of the folder cannot be asked for', async () => {
    for (const path of ['/../secret.test.ts', '/assets/../../x.ts', '/%2e%2e/x.ts', '//etc/passwd.txt']) {
      expect(await rawStatus(path)).toBe(404);
    }
  });

  it('are read, not written', async () => {
    const response = await post('/favicon.svg', '{}');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('sessions', () => {
  it('tell a stranger what the studio runs on, but nobody who they are', async () => {
    expect(await (await fetch(`${url}/api/session`)).json()).toEqual({
      session: null,
      studio: { source: 'emulator', model: 'gemini-test', recording: false, identity: 'chosen' },
    });
  });

  it('begin with a name, are kept in a cookie that scripts cannot read, and end', async () => {
    const started = await post('/api/session', '{"name":" Ana "}', { origin });
    const cookie = started.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-colloquy=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
    const { session } = (await started.json()) as { session: { name: string } };
    expect(session.name).toBe('Ana');
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect(await (await fetch(`${url}/api/session`, { headers })).json()).toMatchObject({ session });

    const renamed = await post('/api/session', '{"name":"Anna"}', headers);
    expect(await renamed.json()).toEqual({ session: { ...session, name: 'Anna' } });

    const ended = await fetch(`${url}/api/session`, { method: 'DELETE', headers });
    expect(ended.status).toBe(204);
    expect(ended.headers.get('set-cookie')).toMatch(/^__Host-colloquy=; .*Max-Age=0/);
  });

  it.each([
    ['{"name":""}', 400, 'ERR_NAME'],
    ['{"name":7}', 400, 'ERR_NAME'],
    ['{}', 400, 'ERR_NAME'],
    ['null', 400, 'ERR_BODY'],
    ['[]', 400, 'ERR_BODY'],
    ['{"name":', 400, 'ERR_BODY'],
    ['', 400, 'ERR_BODY'],
    [`{"name":"${'x'.repeat(5000)}"}`, 413, 'ERR_TOO_LARGE'],
  ])('do not begin with %j', async (body, status, code) => {
    const response = await post('/api/session', body);
    expect(response.status).toBe(status);
    expect(response.headers.get('set-cookie')).toBeNull();
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/\.$/);
  });

  it('are neither begun nor ended by pages elsewhere, nor by plain forms', async () => {
    const foreign = { origin: 'https://evil.example' };
    expect((await post('/api/session', '{"name":"Eve"}', foreign)).status).toBe(403);
    expect((await fetch(`${url}/api/session`, { method: 'DELETE', headers: foreign })).status).toBe(403);
    expect((await post('/api/session', '{"name":"Eve"}', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('know their methods', async () => {
    const response = await fetch(`${url}/api/session`, { method: 'PUT' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST, DELETE');
  });
});

describe('below /api', () => {
  it('rooms are answered by the rooms, never by the app', async () => {
    expect(await (await fetch(`${url}/api/rooms/abc`)).text()).toBe('rooms');
    const unknown = await fetch(`${url}/api/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: 'ERR_NO_SUCH_PATH' } });
  });

  it('a failure is logged, and its details stay inside', async () => {
    const response = await fetch(`${url}/api/rooms/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(errors).toEqual([new Error('a secret detail')]);
  });
});

it('is healthy as long as it answers, and ready until it drains', async () => {
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  app.drain();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
});

it('says how to get a front end when none is built', async () => {
  await expect(StaticFiles.load(join(directory, 'none'))).rejects.toThrow(
    /no built front end in .*none.*npm run build/,
  );
});

/** Without a client that tidies the path up. */
function rawStatus(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => resolve(Number(text.split(' ')[1])));
    socket.on('error', reject);
  });
}
