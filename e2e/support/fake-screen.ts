import type { Page } from 'playwright-core';
import type { Colour } from './fake-camera.ts';

/**
 * From now on the page shares a screen of one colour, and one that is shared already turns to it; `null` gives the
 * browser's own call back, which headless answers with a picture that moves. Everything after `getDisplayMedia` is the real
 * browser.
 */
export async function showOnScreen(page: Page, colour: Colour | null): Promise<void> {
  await page.evaluate((wanted) => {
    const fake = window as unknown as { screenColour?: string };
    const { mediaDevices } = navigator;
    if (wanted === null) {
      Reflect.deleteProperty(mediaDevices, 'getDisplayMedia');
      return;
    }
    fake.screenColour = `rgb(${wanted.join(' ')})`;
    if (Object.hasOwn(mediaDevices, 'getDisplayMedia')) return;
    mediaDevices.getDisplayMedia = async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [640, 360];
      const drawing = canvas.getContext('2d');
      let beat = 0;
      const draw = (): void => {
        if (!drawing) return;
        drawing.fillStyle = fake.screenColour ?? '';
        drawing.fillRect(0, 0, 640, 360);
        // A canvas that does not change gives no pictures.
        drawing.fillStyle = 'white';
        beat = (beat + 40) % 600;
        drawing.fillRect(beat, 0, 20, 20);
      };
      draw();
      const stream = canvas.captureStream(10);
      const [track] = stream.getVideoTracks();
      const timer = setInterval(() => {
        if (track?.readyState === 'ended') clearInterval(timer);
        else draw();
      }, 100);
      return stream;
    };
  }, colour);
}
