/** An HTTP answer, before an adapter writes it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** In pieces where it may be large; read once, and given up when the client leaves. */
  readonly body: string | AsyncIterable<string | Uint8Array> | null;
}
