import type { BrowserContext, Page } from 'playwright-core';

declare global {
  interface Window {
    __microphone?: { speak(wavBase64: string): Promise<void>; hum(frequency: number): void };
  }
}

/**
 * Put into a page before its own scripts run, it gives the page a microphone of its own: `getUserMedia` answers a stream that
 * is silent until {@link speak} plays something into it. Everything after `getUserMedia` is the real browser.
 */
export function replaceMicrophone(): void {
  let sink: { context: AudioContext; output: MediaStreamAudioDestinationNode } | null = null;
  const microphone = () => {
    if (!sink) {
      const context = new AudioContext();
      sink = { context, output: context.createMediaStreamDestination() };
    }
    return sink;
  };
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    if (!constraints?.audio) return original(constraints);
    // A clone, so that a page which stops its track does not end the microphone.
    const tracks = microphone()
      .output.stream.getAudioTracks()
      .map((track) => track.clone());
    if (constraints.video) tracks.push(...(await original({ video: constraints.video })).getVideoTracks());
    return new MediaStream(tracks);
  };
  let stopHumming = () => {};
  window.__microphone = {
    hum(frequency) {
      stopHumming();
      if (frequency === 0) return;
      const { context, output } = microphone();
      void context.resume();
      const tone = new OscillatorNode(context, { frequency });
      const gain = new GainNode(context, { gain: 0.5 });
      tone.connect(gain).connect(output);
      tone.start();
      stopHumming = () => tone.stop();
    },
    async speak(wavBase64) {
      const { context, output } = microphone();
      await context.resume();
      const bytes = Uint8Array.from(atob(wavBase64), (character) => character.charCodeAt(0));
      const source = context.createBufferSource();
      source.buffer = await context.decodeAudioData(bytes.buffer);
      source.connect(output);
      const ended = new Promise((resolve) => source.addEventListener('ended', resolve, { once: true }));
      source.start();
      await ended;
    },
  };
}

/** Replaces the microphone of every page of a context. */
export async function installFakeMicrophone(context: BrowserContext): Promise<void> {
  await context.addInitScript(replaceMicrophone);
}

/** A steady tone of amplitude 0.5 in the page's microphone, until the next one; `0` for silence. */
export async function hum(page: Page, frequency: number): Promise<void> {
  await page.evaluate((asked) => window.__microphone?.hum(asked), frequency);
}

/** Plays a WAV into the page's microphone; resolves when it has been said. */
export async function speak(page: Page, wav: Uint8Array): Promise<void> {
  await page.evaluate((base64) => window.__microphone?.speak(base64), Buffer.from(wav).toString('base64'));
}
