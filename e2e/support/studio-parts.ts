import { readdir, readFile } from 'node:fs/promises';

const source = new URL('../../examples/studio/src/', import.meta.url);

/**
 * Every part of the studio that its source gives a name (`data-testid`), pages, dialogs, menus and banners among them; where
 * a name is put together, what all such names fit.
 */
export async function partsOfStudio(): Promise<ReadonlyMap<string, RegExp>> {
  const parts = new Map<string, RegExp>();
  for (const file of await readdir(source, { recursive: true })) {
    if (!file.endsWith('.tsx')) continue;
    const text = await readFile(new URL(file.replaceAll('\\', '/'), source), 'utf8');
    for (const [, plain, made, quoted] of text.matchAll(/test-?id(?:=|: )(?:"([^"]+)"|\{`([^`]+)`\}|'([^']+)')/gi)) {
      const name = plain ?? made ?? quoted ?? '';
      parts.set(name, new RegExp(`^${name.replaceAll(/\$\{[^}]+\}/g, '.+')}$`));
    }
  }
  // Why a door stays shut is a page for each reason.
  const reasons = await readFile(new URL('room/join-problem.ts', source), 'utf8');
  for (const [, kind] of reasons.matchAll(/\bkind: '([a-z-]+)',/g))
    parts.set(`join-problem-${kind}`, new RegExp(`^join-problem-${kind}$`));
  return parts;
}

/** What another test file looks at, which its last test checks. */
export const LOOKED_AT_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'studio-sharing.test.ts': [
    'enable-sound',
    'enlarge',
    'picture',
    'pin-for-model',
    'screen-banner',
    'sound-banner',
    'stage',
    'stage-hide',
    'stage-video',
    'stop-sharing',
    'volume-slider',
  ],
};
