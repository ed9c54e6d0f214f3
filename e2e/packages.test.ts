import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, copyExamples, installPacked, type Manifest, node } from './adopter/install.ts';

// What somebody gets who installs the published packages into a project of their own.
describe('the packages as they are published', () => {
  let project = '';
  let manifests: readonly Manifest[] = [];

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'adopter-'));
    manifests = await installPacked(project);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('point at nothing that only the workspace has', () => {
    expect(manifests).toHaveLength(5);
    for (const manifest of manifests) {
      expect(JSON.stringify(manifest.dependencies ?? {})).not.toMatch(/workspace:|catalog:/);
      expect(JSON.stringify(manifest.exports)).not.toMatch(/mono-source|src\//);
    }
  });

  it('can be imported by every name they export, worklet files too', async () => {
    const names = manifests.flatMap(({ name, exports }) =>
      Object.keys(exports)
        .filter((path) => !path.includes('*') && !path.endsWith('.json'))
        // Contract suites are for a test runner.
        .filter((path) => path !== './testing')
        .map((path) => name + path.slice(1)),
    );
    const files = ['capture-worklet.js', 'playback-worklet.js'].map((file) => `@colloquy/live-client/worklets/${file}`);
    const script = `
      for (const name of ${JSON.stringify(names)}) {
        if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
      }
      const { existsSync } = await import('node:fs');
      for (const file of ${JSON.stringify(files)}) {
        if (!existsSync(new URL(import.meta.resolve(file)))) throw new Error(file + ' is missing');
      }
      console.log('imported', ${names.length});`;
    expect(names.length).toBeGreaterThan(7);
    expect(await node(project, '--input-type=module', '-e', script)).toBe(`imported ${names.length}\n`);
  });

  it('have programs that run', async () => {
    const programs = manifests.flatMap(({ name, bin = {} }) =>
      Object.entries(bin).map(([program, path]) => ({ program, path: join('node_modules', name, path) })),
    );
    expect(programs.map(({ program }) => program)).toEqual(['live-proxy', 'live-emulator']);
    for (const { program, path } of programs) {
      expect(await node(project, path, '--help')).toMatch(new RegExp(`^Usage: ${program}`));
    }
  });

  it('compile as their READMEs show them, strictly, for Node and for bundlers', async () => {
    expect(await copyExamples(project)).toBeGreaterThan(10);
    const strict = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
      ...{ target: 'es2023', lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], jsx: 'react-jsx' },
    };
    expect(await compile(project, { ...strict, module: 'nodenext', moduleResolution: 'nodenext' })).toBe('');
    expect(await compile(project, { ...strict, module: 'esnext', moduleResolution: 'bundler' })).toBe('');
  });
});
