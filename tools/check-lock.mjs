// Fails when pnpm-lock.yaml lacks a platform build that a newcomer needs: registries sometimes miss one, and pnpm
// then leaves it out of the lock silently.
import { readFileSync } from 'node:fs';

const needed = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'];
const ignored = /^@napi-rs\/lzma-/;
const entry = /^ {2}'?((?:@[^/\s]+\/)?[^@\s']+)@([^'\s:]+)'?:\n((?: {4}.*\n)+)/gm;

const [packages] = readFileSync(process.argv[2] ?? 'pnpm-lock.yaml', 'utf8').split('\nsnapshots:');
const families = new Map();
for (const [, name, version, body] of packages.matchAll(entry)) {
  const os = /os: \[([^\]]+)\]/.exec(body)?.[1];
  const cpu = /cpu: \[([^\]]+)\]/.exec(body)?.[1];
  if (!os || !cpu || ignored.test(name)) continue;
  const family = `${name.slice(0, name.search(new RegExp(`${os}|win|wasm32`)))}*@${version}`;
  families.set(family, (families.get(family) ?? new Set()).add(`${os}-${cpu}`));
}

let failed = false;
for (const [family, platforms] of families) {
  const missing = needed.filter((platform) => !platforms.has(platform));
  if (!platforms.has('linux-x64') || missing.length === 0) continue;
  console.error(`${family} lacks ${missing.join(', ')}`);
  failed = true;
}
process.exit(failed ? 1 : 0);
