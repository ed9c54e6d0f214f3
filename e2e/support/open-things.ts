import type { BrowserContext, Page } from 'playwright-core';

interface OpenThings {
  /** Time-outs and intervals that have not run out and were not cleared. */
  readonly timers: Set<unknown>;
  readonly contexts: AudioContext[];
  readonly tracks: MediaStreamTrack[];
  readonly sockets: WebSocket[];
}

declare global {
  interface Window {
    openThings: OpenThings;
  }
}

/** Everything that a page could forget to give back, from its beginning on. */
export async function watchOpenThings(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const timers = new Set<unknown>();
    const { setTimeout: set, clearTimeout: clear, setInterval: repeat, clearInterval: end } = window;
    const forget = (stop: (id: number) => void) => (id: number) => {
      timers.delete(id);
      stop(id);
    };
    Object.assign(window, {
      setTimeout: (run: () => void, ms?: number) => {
        const id = set(() => {
          timers.delete(id);
          run();
        }, ms);
        timers.add(id);
        return id;
      },
      setInterval: (run: () => void, ms?: number) => {
        const id = repeat(run, ms);
        timers.add(id);
        return id;
      },
      clearTimeout: forget(clear),
      clearInterval: forget(end),
      openThings: { timers, contexts: [], tracks: [], sockets: [] },
    });
    const { contexts, tracks, sockets } = window.openThings;
    window.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    };
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    };
    const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      tracks.push(...stream.getTracks());
      return stream;
    };
  });
}

/** What is still open: how many timers, and the state of every context, track and socket that there ever was. */
export interface LeftOpen {
  readonly timers: number;
  readonly contexts: readonly string[];
  readonly tracks: readonly string[];
  readonly sockets: readonly number[];
}

/** Disposes the conversation of the page of `pages/sound` and looks what it left. The page's own context is not counted. */
export function disposeAndLook(page: Page): Promise<LeftOpen> {
  return page.evaluate(async () => {
    const { live, context } = window.sound.current ?? {};
    await live?.dispose();
    await new Promise((done) => requestAnimationFrame(done));
    const { timers, contexts, tracks, sockets } = window.openThings;
    return {
      timers: timers.size,
      contexts: contexts.filter((one) => one !== context).map(({ state }) => state),
      tracks: tracks.map(({ readyState }) => readyState),
      sockets: sockets.map(({ readyState }) => readyState),
    };
  });
}
