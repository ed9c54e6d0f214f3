import type { Random } from './random.ts';

/** An object as a text may write it: its members in order, with names that may come twice. */
export class Members {
  readonly list: readonly (readonly [name: string, value: JsonValue])[];

  constructor(list: readonly (readonly [name: string, value: JsonValue])[]) {
    this.list = list;
  }
}

/** What {@link jsonText} writes. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | Members;

/** JSON in one of the many ways in which it may be written: spaces anywhere, letters as escapes. */
export function jsonText(value: JsonValue, random: Random): string {
  const space = () => (random() < 0.9 ? '' : random.pick([' ', '\n', '\t', '\r\n ']));
  const list = (open: string, items: readonly string[], close: string) =>
    `${open}${space()}${items.join(`${space()},${space()}`)}${space()}${close}`;
  const write = (one: JsonValue): string => {
    if (one instanceof Members) {
      const members = one.list.map(([name, inner]) => {
        // Nobody escapes base64.
        const text = name === 'data' && typeof inner === 'string' ? JSON.stringify(inner) : write(inner);
        return `${stringText(name, random)}${space()}:${space()}${text}`;
      });
      return list('{', members, '}');
    }
    if (Array.isArray(one)) return list('[', one.map(write), ']');
    return typeof one === 'string' ? stringText(one, random) : JSON.stringify(one);
  };
  return space() + write(value) + space();
}

function stringText(text: string, random: Random): string {
  const plain = JSON.stringify(text);
  if (random() < 0.85) return plain;
  return `"${[...text].map((letter) => (random() < 0.7 ? JSON.stringify(letter).slice(1, -1) : escaped(letter))).join('')}"`;
}

function escaped(letter: string): string {
  return letter
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
