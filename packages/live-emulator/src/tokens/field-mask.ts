import type { Setup } from '@colloquy/live-protocol';

type Fields = Record<string, unknown>;

/** Paths of a field mask in lowerCamelCase, as `generationConfig.temperature`; snake_case is taken too. */
export function parseFieldMask(mask: string): string[][] {
  return mask
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '')
    .map((path) => path.split('.').map(toCamelCase));
}

/** `base` with every masked field as `source` has it; a field that `source` does not have is taken away. */
export function overwriteMasked(base: Setup, source: Setup, mask: readonly (readonly string[])[]): Setup {
  const result = structuredClone(base) as Fields;
  for (const path of mask) overwrite(result, source as Fields, path);
  return result as Setup;
}

function overwrite(target: Fields, source: Fields, [name = '', ...rest]: readonly string[]): void {
  const value = source[name];
  if (rest.length === 0) {
    if (value === undefined) delete target[name];
    else target[name] = structuredClone(value);
    return;
  }
  // Nothing to lock and nothing to take away below: no empty message appears, which would have a meaning.
  if (!isFields(value) && !isFields(target[name])) return;
  const inner = isFields(target[name]) ? target[name] : {};
  target[name] = inner;
  overwrite(inner, isFields(value) ? value : {}, rest);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toCamelCase(name: string): string {
  return name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
