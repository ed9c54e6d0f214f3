// Loaded when somebody else is to be heard or seen: pages that only talk to the model do without.
export { VideoScreen } from '../video/video-screen.ts';
export { OpusDecoder } from './opus-decoder.ts';
export { OpusEncoder } from './opus-encoder.ts';
export { VP8_DECODER_CONFIG } from './vp8.ts';
