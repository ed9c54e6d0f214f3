/** Whether an endpoint may put this code into a close frame (RFC 6455 §7.4). 1005, 1006 and 1015 only describe. */
export function isSendableCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/** What the upstream is closed with after the client has gone: the client's own code, or 1000 where it gave none. */
export function toUpstreamClose(code: number, reason: string): { code: number; reason: string } {
  return isSendableCloseCode(code) ? { code, reason } : { code: 1000, reason: '' };
}
