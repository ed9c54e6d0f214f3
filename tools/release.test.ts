import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const packages = readdirSync(join(root, 'packages')).map((name) => JSON.parse(read(`packages/${name}/package.json`)));
const workflow = (name: string): string => read(`.github/workflows/${name}.yml`);

interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly permissions?: object;
  readonly steps: readonly { readonly run?: string }[];
}

describe('a release', () => {
  it('has one version for all packages that are published', () => {
    const { fixed } = JSON.parse(read('.changeset/config.json'));
    expect(fixed).toEqual([expect.arrayContaining(packages.map(({ name }) => name))]);
    expect(fixed[0]).toHaveLength(packages.length);
    expect(new Set(packages.map(({ version }) => version)).size).toBe(1);
  });

  it('is described by changesets that name only such packages', () => {
    const names = new Set(packages.map(({ name }) => name));
    const files = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');
    const strange = files.flatMap((file) => {
      const [, head = ''] = read(`.changeset/${file}`).split('---');
      const named = [...head.matchAll(/['"](.+?)['"]: (\w+)/g)];
      return named.length > 0 &&
        named.every(([, name = '', bump = '']) => names.has(name) && /^(patch|minor|major)$/.test(bump))
        ? []
        : [file];
    });
    expect(strange).toEqual([]);
  });

  it('publishes packages that say what they are, under which licence, and carry it', () => {
    for (const { name, description, license, files, type, engines, publishConfig } of packages) {
      expect({ name, license, type, access: publishConfig.access }).toEqual({
        name,
        license: 'Apache-2.0',
        type: 'module',
        access: 'public',
      });
      expect(description.length).toBeGreaterThan(20);
      expect(engines.node).toBe('>=22.13');
      expect(files).toEqual(expect.arrayContaining(['dist', 'README.md', 'LICENSE', 'CHANGELOG.md']));
    }
  });

  it('is published by the workflow alone, without a kept token, with provenance', () => {
    const text = workflow('release');
    expect(text).toContain('id-token: write');
    expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
    expect(read('tools/release.mjs')).toContain("'--provenance'");
  });

  it('comes after the whole test run, and not at all when that fails', () => {
    const { jobs } = parse(workflow('release')) as { jobs: Record<string, Job> };
    const publishing = Object.values(jobs).filter(({ steps }) => JSON.stringify(steps).includes('tools/release.mjs'));
    expect(publishing).toHaveLength(1);
    const { needs, if: condition } = publishing[0] as Job;
    expect(condition).not.toMatch(/always|failure|cancelled/);
    const before = jobs[needs ?? ''];
    expect(before?.steps.map(({ run }) => run)).toContain('.ci/run');
    expect(JSON.stringify(jobs)).not.toContain('continue-on-error');
    // What tests run cannot publish.
    expect(before?.permissions ?? {}).not.toHaveProperty('id-token');
    expect(parse(workflow('release')).permissions).toEqual({ contents: 'read' });
  });

  it('and every check run scripts that are there', () => {
    for (const name of ['ci', 'release']) {
      const scripts = [...workflow(name).matchAll(/(?:node |exec node |run: )((?:tools|\.ci)\/[\w./-]+)/g)];
      expect(scripts.length).toBeGreaterThan(0);
      expect(scripts.filter(([, path = '']) => !existsSync(join(root, path)))).toEqual([]);
    }
  });
});
