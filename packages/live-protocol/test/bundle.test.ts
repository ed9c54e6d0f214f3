import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What a browser's bundle holds that imports only these names. */
async function bundle(names: string): Promise<string> {
  const result = await build({
    stdin: {
      contents: `import { ${names} } from './src/index.ts'; console.log(${names});`,
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

it.each([
  'parseServerMessage',
  'modelProfile',
  'describeGeminiClose',
  'parseMediaFrame',
  'parseRoomServerMessage',
  'encodeBase64',
])('a bundle that only needs %s has neither the schema tables nor the schema library', async (names) => {
  const text = await bundle(names);
  expect(text).not.toBe('');
  expect(text).not.toContain('BidiGenerateContentSetup');
  expect(text).not.toContain('~standard');
});

it('a bundle that validates client messages has their table, and not the one of server messages', async () => {
  const text = await bundle('validateClientMessage');
  expect(text).toContain('BidiGenerateContentSetup');
  expect(text).not.toContain('GroundingMetadata');
  expect(text).not.toContain('~standard');
});
