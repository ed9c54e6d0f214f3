/** What somebody said before, for a session that knows nothing. */
export interface HistoryTurn {
  readonly role: 'user' | 'model';
  readonly text: string;
}

/** What was said before, as one message. `isWhole` ends a session's phase of initial history. */
export function historyMessage(history: readonly HistoryTurn[], isWhole: boolean): string {
  const turns = history.map(({ role, text }) => ({ role, parts: [{ text }] }));
  return JSON.stringify({ clientContent: { turns, turnComplete: isWhole } });
}

/** Without what will be asked again at its end: the model must not find it twice. */
export function withoutTexts(history: readonly HistoryTurn[], texts: readonly string[]): readonly HistoryTurn[] {
  const asked = new Set(texts.flatMap((text) => [text, ...text.split('\n')]));
  const lastOther = history.findLastIndex(({ role, text }) => role === 'model' || !asked.has(text));
  return history.slice(0, lastOther + 1);
}
