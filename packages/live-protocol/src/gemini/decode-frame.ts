/** Text of a WebSocket message. Text frames come as strings, binary ones (the service sends only those) as bytes. */
export function decodeFrame(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data);
}

/** The start of a message for an error text, on one line. */
export function excerpt(text: string, length = 40): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
