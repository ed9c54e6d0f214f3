import { toolWords } from './tool-trigger.ts';

/** Longest part of a result that is read out, in characters. */
const LONGEST = 200;

/** A function's answer as a sentence. */
export function describeToolResult(name: string, response: Readonly<Record<string, unknown>>): string {
  const what = toolWords(name).join(' ') || 'the tool';
  if (response.error !== undefined) return `I am sorry, ${what} did not work: ${spoken(response.error)}.`;
  const key = ['output', 'result'].find((name) => name in response);
  const result = key === undefined ? response : response[key];
  const text = spoken(result);
  return text === ''
    ? `Done: ${what} has finished.`
    : `Done. ${what.charAt(0).toUpperCase()}${what.slice(1)} says: ${text}.`;
}

function spoken(value: unknown): string {
  const text = flatten(value, 0)
    .replace(/\s+/g, ' ')
    .replace(/[\s.]+$/, '')
    .trim();
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/\s\S*$/, '')} and more`;
}

function flatten(value: unknown, depth: number): string {
  if (value === null || value === undefined || depth > 3) return '';
  if (Array.isArray(value))
    return value
      .slice(0, 10)
      .map((item) => flatten(item, depth + 1))
      .join(', ');
  if (typeof value === 'object') {
    const pairs = Object.entries(value).slice(0, 10);
    return pairs.map(([key, item]) => `${toolWords(key).join(' ')} ${flatten(item, depth + 1)}`.trim()).join(', ');
  }
  return String(value);
}
