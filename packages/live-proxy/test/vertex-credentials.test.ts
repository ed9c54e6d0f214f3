import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { vertex } from '../src/index.ts';
import { type GoogleTokenEndpoint, startGoogleTokenEndpoint } from './support/google-token-endpoint.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

/** Where Vertex's tokens come from, beside the service account of vertex.test.ts. */
let google: GoogleTokenEndpoint;
let upstream: ScriptedUpstream;
let under: TestProxy;
let directory: string;

const setup = { ...defaultSetup, model: 'gemini-live-2.5-flash-native-audio' };
const place = { project: 'ours', location: 'us-central1' };

beforeEach(async () => {
  google = await startGoogleTokenEndpoint();
  upstream = await ScriptedUpstream.start();
  directory = await mkdtemp(join(tmpdir(), 'credentials-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await under.close();
  await upstream.close();
  google.close();
  await rm(directory, { recursive: true });
});

/** Several sessions come with one token, of the account whose role it is; nobody else learns any of them. */
async function expectOneToken(): Promise<void> {
  await Promise.all([1, 2, 3].map(() => TestClient.openSession(under.url, setup)));
  const bearers = upstream.connections.map(({ request }) => request.headers.authorization);
  expect(bearers).toEqual(Array(3).fill(`Bearer ${google.impersonatedTokens[0]}`));
  expect([google.tokens.length, google.impersonatedTokens.length]).toEqual([1, 1]);
  expect(under.errors).toEqual([]);
  const told = under.logLines.join('\n') + JSON.stringify(under.events);
  for (const secret of [...google.tokens, ...google.impersonatedTokens, google.subjectToken]) {
    expect(told).not.toContain(secret);
  }
}

test('application default credentials are found by themselves, here those of a workload elsewhere', async () => {
  const tokenFile = join(directory, 'token');
  const file = join(directory, 'credentials.json');
  await writeFile(tokenFile, google.subjectToken);
  await writeFile(file, JSON.stringify(google.workload(tokenFile)));
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
  // Otherwise the library asks Google for it.
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'ours');
  under = await startTestProxy({
    upstream: vertex({ ...place, baseUrl: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
  });
  await expectOneToken();
});

test('a service account may be in the role of another one', async () => {
  under = await startTestProxy({
    upstream: vertex({ ...place, auth: google.impersonated(), baseUrl: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
  });
  await expectOneToken();
});
