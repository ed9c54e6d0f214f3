import { expect, it } from 'vitest';
import { Pacer } from './pacer.ts';
import { type VideoPicture, VideoSampler } from './video-sampler.ts';

it('goes on with JPEG where VP8 failed three times in a row', async () => {
  let failures = 0;
  const came = Promise.withResolvers<VideoPicture>();
  const sampler = new VideoSampler({
    source: { image: {} as CanvasImageSource, width: 320, height: 180, close: () => {} },
    encoder: {
      draw: async () => new Uint8Array(1),
      encode: async () => ({ bytes: new Uint8Array(1), width: 320, height: 180 }),
      encodeVideo: async () => {
        failures += 1;
        throw new Error('The encoder did not answer.');
      },
      close: () => came.reject(new Error('The sampler gave up.')),
    },
    pacer: new Pacer({ framesPerSecond: 10 }),
    settings: { codec: 'vp8', maxSide: 320, framesPerSecond: 10, bitsPerSecond: 200_000 },
    pressure: () => 0,
    wait: async () => {},
    onPicture: came.resolve,
  });
  expect(await came.promise).toMatchObject({ codec: 'jpeg', isKey: true });
  expect(failures).toBe(3);
  sampler.close();
});
