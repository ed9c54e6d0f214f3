import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const settings = read('examples/studio/server/settings.ts');
const isSetting = (name: string): boolean => settings.includes(`'${name}'`) || name === 'NODE_ENV';
const unknown = (names: readonly string[]): readonly string[] => names.filter((name) => !isSetting(name));

describe('the deployment recipes', () => {
  const build = read('examples/studio/deploy/cloudbuild.yaml');
  const unit = read('examples/studio/deploy/colloquy-studio.service');
  const dockerfile = read('examples/studio/Dockerfile');

  it('set only variables that the studio reads', () => {
    const [, variables = ''] = /--set-env-vars=(.*)/.exec(build) ?? [];
    const [, secrets = ''] = /--set-secrets=(.*)/.exec(build) ?? [];
    const [, environment = ''] = /^Environment=(.*)$/m.exec(unit) ?? [];
    const [, image = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
    for (const list of [variables.split(','), secrets.split(','), environment.split(' '), image.split(' ')]) {
      const names = list.map((pair) => pair.split('=')[0] ?? '');
      expect(names.length).toBeGreaterThan(0);
      expect(unknown(names)).toEqual([]);
    }
  });

  it('let a room last on Cloud Run: an hour, one instance with its processor, the same one for who comes back', () => {
    const [, seconds] = /--timeout=(\d+)/.exec(build) ?? [];
    expect(Number(seconds)).toBe(3600);
    for (const flag of ['--session-affinity', '--no-cpu-throttling', '--min-instances=1', '--max-instances=1']) {
      expect(build).toContain(`- ${flag}\n`);
    }
    expect(build).toMatch(/--service-account=\S+gserviceaccount\.com/);
  });

  it('hold no secret, and define every substitution that they use', () => {
    for (const text of [build, unit, dockerfile]) expect(text).not.toMatch(/AIza|BEGIN PRIVATE|API_KEY=[^…\s]/);
    const used = new Set([...build.matchAll(/\$\{?(_[A-Z_]+)/g)].map(([, name = '']) => name));
    expect([...used].filter((name) => !new RegExp(`^  ${name}:`, 'm').test(build))).toEqual([]);
  });

  it('start the same program, on the port that Caddy and Cloud Run ask', () => {
    expect(unit).toContain('/dist-server/main.js');
    expect(dockerfile).toContain('CMD ["node", "dist-server/main.js"]');
    expect(unit).toContain('PORT=8080');
    expect(build).toContain('--port=8080');
    expect(read('examples/studio/deploy/Caddyfile')).toContain('reverse_proxy 127.0.0.1:8080');
  });
});
