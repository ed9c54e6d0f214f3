/** Samples per second of what people send and of the mix. */
export const SAMPLE_RATE = 16_000;

/** Length of one frame of the mix, in milliseconds. */
export const FRAME_MS = 20;

/** Samples of one frame of the mix. */
export const FRAME_SAMPLES = 320;

/** Most samples of one frame that a client may send: 100 ms. */
export const MAX_CHUNK_SAMPLES = 1_600;

/** Samples per millisecond. */
export const SAMPLES_PER_MS = 16;
