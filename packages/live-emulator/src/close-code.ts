/** Whether a close frame may carry `code`: 1005, 1006 and 1015 are made up by the receiver (RFC 6455 §7.4). */
export function isSendable(code: number): boolean {
  const isOfProtocol = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return Number.isInteger(code) && (isOfProtocol || (code >= 3000 && code <= 4999));
}

/** @throws RangeError for a code that no close frame may carry. */
export function checkCloseCode(name: string, code: number): void {
  if (isSendable(code)) return;
  throw new RangeError(`${name} is ${String(code)}; give a close code that may be sent, such as 1011.`);
}
