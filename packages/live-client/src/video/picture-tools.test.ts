import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PictureWorkerRequest } from './picture-jobs.ts';
import { openPictureTools } from './picture-tools.ts';
import { PictureWorkshop } from './picture-workshop.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('openPictureTools', () => {
  it('leaves no timer behind when it is closed while one runs', async () => {
    const waits = Promise.withResolvers<void>();
    vi.stubGlobal(
      'Worker',
      // It answers that it is there, and is closed before a second has gone by.
      class {
        onmessage: ((event: { data: unknown }) => void) | null = null;
        postMessage({ id, job }: PictureWorkerRequest): void {
          if (job.type === 'wait' && job.ms === 0)
            queueMicrotask(() => this.onmessage?.({ data: { id, result: null } }));
          else waits.resolve();
        }
        terminate(): void {}
      },
    );
    const tools = openPictureTools(undefined);
    let rings = 0;
    const cancel = tools.setTimer(1_000, () => {
      rings += 1;
    });
    await waits.promise;
    vi.useFakeTimers();
    cancel();
    tools.close();
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(vi.getTimerCount()).toBe(0);
    expect(rings).toBe(0);
  });

  it('leaves no timer behind where no worker can be made either', async () => {
    vi.useFakeTimers();
    vi.stubGlobal(
      'Worker',
      class {
        constructor() {
          throw new Error('The policy of the page allows no worker.');
        }
      },
    );
    const workshop = new PictureWorkshop(undefined);
    const ended = vi.fn();
    workshop.run<'wait'>({ type: 'wait', ms: 1_000 }).catch(ended);
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(vi.getTimerCount()).toBe(1);
    workshop.close();
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(vi.getTimerCount()).toBe(0);
    expect(ended).toHaveBeenCalledOnce();
  });
});
