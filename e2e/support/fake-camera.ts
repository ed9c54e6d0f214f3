import type { BrowserContext, Page } from 'playwright-core';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * Gives every page of a context a camera of its own, 320 × 180 in one colour with a bright square that moves. Everything
 * after `getUserMedia` is the real browser. Install it after the fake microphone.
 */
export async function installFakeCamera(
  context: BrowserContext,
  colour: Colour,
  framesPerSecond: number = 10,
): Promise<void> {
  await context.addInitScript(
    ([red, green, blue, framesPerSecond]) => {
      const others = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        if (!constraints?.video || constraints.audio) return others(constraints);
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [320, 180];
        const drawing = canvas.getContext('2d');
        let at = 0;
        const draw = () => {
          if (!drawing) return;
          drawing.fillStyle = `rgb(${red} ${green} ${blue})`;
          drawing.fillRect(0, 0, 320, 180);
          drawing.fillStyle = 'white';
          at = (at + 47) % 280;
          drawing.fillRect(at, 10, 40, 40);
        };
        draw();
        const stream = canvas.captureStream(framesPerSecond);
        const [track] = stream.getVideoTracks();
        const timer = setInterval(() => {
          if (track?.readyState === 'ended') clearInterval(timer);
          else draw();
        }, 1_000 / framesPerSecond);
        return stream;
      };
    },
    [...colour, framesPerSecond] as const,
  );
}

/**
 * Colour in the middle of the picture that is shown of somebody, small or on the stage, and how far its video has got;
 * `null` while there is none.
 */
export function shownPicture(
  page: Page,
  participantId: string,
  testId: 'picture' | 'stage-video' = 'picture',
): Promise<{ readonly colour: Colour; readonly seconds: number } | null> {
  const shown = `[data-participant-id="${participantId}"] video[data-testid="${testId}"]`;
  return page.evaluate((selector) => {
    const video = document.querySelector<HTMLVideoElement>(selector);
    if (!video || video.videoWidth === 0) return null;
    const drawing = new OffscreenCanvas(1, 1).getContext('2d');
    drawing?.drawImage(video, video.videoWidth / 3, video.videoHeight / 2, 20, 20, 0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = drawing?.getImageData(0, 0, 1, 1).data ?? [];
    return { colour: [red, green, blue] as const, seconds: video.currentTime };
  }, shown);
}

/** Whether it is the colour, after a codec had its way with it. */
export function isNear(seen: Colour, expected: Colour): boolean {
  return expected.every((part, at) => Math.abs(part - (seen[at] ?? 0)) < 40);
}
