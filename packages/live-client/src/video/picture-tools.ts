import type { WorkletUrl } from '../audio/worklet-url.ts';
import type { PictureEncoder } from './encode-frame.ts';
import type { VideoSamplerOptions } from './video-sampler.ts';
import { WorkshopEncoder } from './workshop-encoder.ts';

/** What takes and encodes the pictures of one open device. */
export interface PictureTools {
  createEncoder(options: { readonly maxSide: number }): PictureEncoder;
  /** Calls back after so many milliseconds, also while the page is hidden, unless the returned function was called. */
  setTimer(ms: number, run: () => void): () => void;
  startVideo(options: Omit<VideoSamplerOptions, 'encoder' | 'wait'>): VideoFeed;
  close(): void;
}

/** Pictures for people that are being taken. */
export interface VideoFeed {
  requestKeyFrame(): void;
  close(): void;
}

/** Tools with a worker of their own, which is loaded with the first picture. */
export function openPictureTools(workletUrl: WorkletUrl | undefined): PictureTools {
  const load = () => import('./picture-workshop.ts');
  let opening: ReturnType<typeof open> | null = null;
  const open = async () => new (await load()).PictureWorkshop(workletUrl);
  const workshop = () => {
    opening ??= open();
    return opening;
  };
  const wait = async (ms: number) => {
    await (await workshop()).run<'wait'>({ type: 'wait', ms });
  };
  return {
    createEncoder: ({ maxSide }) => new WorkshopEncoder(workshop, maxSide),
    setTimer(ms, run) {
      let isActive = true;
      const ring = () => {
        if (isActive) run();
      };
      let timer: ReturnType<typeof setTimeout> | undefined;
      wait(ms).then(ring, () => {
        // Without a worker the page's own timer has to do; one that was closed ends its waits too.
        if (isActive) timer = setTimeout(ring, ms);
      });
      return () => {
        isActive = false;
        clearTimeout(timer);
      };
    },
    startVideo(options) {
      let sampler: VideoFeed | null = null;
      let isOpen = true;
      load().then(
        ({ VideoSampler }) => {
          if (!isOpen) return;
          const encoder = new WorkshopEncoder(workshop, options.settings.maxSide);
          sampler = new VideoSampler({ ...options, encoder, wait });
        },
        () => {
          // Without its code nothing is shown to people; the pictures for the model fail for the same reason, and tell.
        },
      );
      return {
        requestKeyFrame: () => sampler?.requestKeyFrame(),
        close() {
          isOpen = false;
          sampler?.close();
        },
      };
    },
    close() {
      opening?.then(
        (opened) => opened.close(),
        () => {
          // It was never there.
        },
      );
    },
  };
}
