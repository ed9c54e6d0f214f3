import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type RunningStudio, startStudio } from './studio.ts';

const token = 'a-token-of-the-monitoring';
let studio: RunningStudio;
let assets = '';

beforeAll(async () => {
  assets = await mkdtemp(join(tmpdir(), 'studio-'));
  await writeFile(join(assets, 'index.html'), '<div id="root"></div>');
  studio = await start(token);
});
afterAll(async () => {
  await studio.close({ graceMs: 0 });
  await rm(assets, { recursive: true });
});

function start(metricsToken: string | null): Promise<RunningStudio> {
  return startStudio({ port: 0, assets, dataDirectory: ':memory:', emulator: { voice: 'synthetic' }, metricsToken });
}

const ask = (init: RequestInit = {}, at: RunningStudio = studio) => fetch(`${at.url}/metrics`, init);

it('tells Prometheus what the rooms do, and nothing of who is in them', async () => {
  const room = await studio.manager.create({ name: 'A secret meeting' });
  const response = await ask({ headers: { authorization: `Bearer ${token}` } });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
  const text = await response.text();
  expect(text).toMatch(/^# TYPE colloquy_rooms_active gauge$/m);
  expect(text).toMatch(/^colloquy_rooms_people\{.*state="in".*\} 0( \d+)?$/m);
  expect(text).not.toContain('secret');
  expect(text).not.toContain(room.id);
});

it('is what deploy/prometheus.yml asks for: path, kind of credentials, and a format that it reads line by line', async () => {
  const file = parse(await readFile(new URL('../deploy/prometheus.yml', import.meta.url), 'utf8'));
  expect(Object.keys(file)).toEqual(['scrape_configs']);
  const [job, ...others] = file.scrape_configs;
  expect(others).toEqual([]);
  // Every field is one of Prometheus's `scrape_config`; one that it does not know keeps it from starting.
  expect(job).toEqual({
    job_name: 'colloquy-studio',
    scheme: 'https', // Caddy's, at 443, which is what Prometheus takes for a target without a port
    metrics_path: expect.any(String),
    authorization: { credentials_file: expect.stringMatching(/^\//) }, // without `type` it is sent as Bearer
    static_configs: [{ targets: [expect.stringMatching(/^[\w.-]+$/)] }],
  });
  const scraped = await fetch(new URL(job.metrics_path, studio.url), { headers: { authorization: `Bearer ${token}` } });
  expect(scraped.status).toBe(200);
  const lines = (await scraped.text()).trimEnd().split('\n');
  const samples = lines.filter((line) => !line.startsWith('#'));
  expect(samples.length).toBeGreaterThan(3);
  const sample =
    /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.]+(e[+-]?\d+)?|NaN|[+-]Inf)( \d+)?$/;
  expect(samples.filter((line) => !sample.test(line))).toEqual([]);
  const typed = new Set(lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
  const nameOf = (line: string): string => /^[\w:]+/.exec(line)?.[0] ?? '';
  const untyped = samples
    .map(nameOf)
    .filter((name) => !typed.has(name) && !typed.has(name.replace(/_(bucket|sum|count)$/, '')));
  expect(untyped).toEqual([]);
  const caddy = await readFile(new URL('../deploy/Caddyfile', import.meta.url), 'utf8');
  expect(caddy).toContain(`\n${job.static_configs[0].targets[0]} {\n`);
});

it('tells nobody without the token', async () => {
  for (const authorization of [undefined, 'Bearer', `Bearer ${token}x`, `Basic ${token}`]) {
    const response = await ask(authorization === undefined ? {} : { headers: { authorization } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await response.text()).not.toContain('colloquy_rooms');
  }
  expect((await ask({ method: 'POST', headers: { authorization: `Bearer ${token}` } })).status).toBe(405);
});

it('is not there at all unless a token was set', async () => {
  const without = await start(null);
  const response = await ask({ headers: { authorization: 'Bearer undefined' } }, without);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('COLLOQUY_METRICS_TOKEN');
  await without.close({ graceMs: 0 });
});
