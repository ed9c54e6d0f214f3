/** Length of one frame of the mix, in milliseconds. People's audio and the mix have 16,000 samples per second. */
export const FRAME_MS = 20;

/** Samples of one frame of the mix. */
export const FRAME_SAMPLES = 320;

/** Most samples of one frame that a client may send: 100 ms. */
export const MAX_CHUNK_SAMPLES = 1_600;

/** Samples per millisecond. */
export const SAMPLES_PER_MS = 16;
