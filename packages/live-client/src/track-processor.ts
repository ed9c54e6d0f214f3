/** Gives out what a track carries, piece by piece. Not in every engine, and not in TypeScript's library. */
export type TrackProcessor<Piece> = new (options: {
  readonly track: MediaStreamTrack;
  /** Most pieces that wait to be read; when one more comes the oldest is gone. */
  readonly maxBufferSize: number;
}) => { readonly readable: ReadableStream<Piece> };

/** The browser's, where pages have it. */
export function trackProcessor<Piece>(): TrackProcessor<Piece> | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: TrackProcessor<Piece> }).MediaStreamTrackProcessor;
}
