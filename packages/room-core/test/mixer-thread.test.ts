import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { threadMixers } from '../src/mixer-thread/index.ts';
import { ThreadMixers } from '../src/mixer-thread/thread-mixers.ts';
import type { MixEvent, MixerPort, RoomMixer } from '../src/ports/room-mixer.ts';
import { amplitudeAt, sine, toPcmBytes } from '../src/testing/signals.ts';

/** A room on a mixer in another thread. */
class Room {
  readonly events: MixEvent[] = [];
  readonly mixer: RoomMixer;
  #index = 0;
  #waiting: { readonly enough: () => boolean; readonly resolve: () => void }[] = [];

  constructor(port: MixerPort, maxMicrophones = 8) {
    this.mixer = port.open({
      maxMicrophones,
      leaveOutEchoes: false,
      onEvent: (event) => {
        this.events.push(event);
        for (const waiter of this.#waiting) if (waiter.enough()) waiter.resolve();
        this.#waiting = this.#waiting.filter(({ enough }) => !enough());
      },
    });
  }

  get frames(): readonly Int16Array[] {
    return this.events.flatMap((event) => (event.type === 'frame' ? [event.samples] : []));
  }

  /** Sends so much of a tone at once. */
  send(ms: number, name = 'ana'): boolean {
    let heard = true;
    for (let at = 0; at < ms; at += 20) {
      const samples = sine({ frequency: 400, samples: 320, offset: this.#index * 320 });
      const mediaTime = this.#index * 320;
      const microphone = { connectionId: name, participantId: name, mediaTime, voice: true };
      heard = this.mixer.receive({ ...microphone, pcm: toPcmBytes(samples) });
      this.#index += 1;
    }
    return heard;
  }

  until(enough: () => boolean): Promise<void> {
    if (enough()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }
}

let port: MixerPort | null = null;
afterEach(() => port?.close());

/** The thread that serves the rooms does nothing else for so long. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('mixing in another thread', () => {
  it('THREAD1 hears what is sent to it, tells who speaks, and pauses', async () => {
    port = threadMixers({ when: 'always' });
    const room = new Room(port);
    room.send(300);
    await room.until(() => room.events.some(({ type }) => type === 'paused'));
    const tone = room.frames.filter((samples) => amplitudeAt(samples, 400) > 4_000);
    expect(tone.length).toBeGreaterThanOrEqual(14);
    expect(room.events).toContainEqual({ type: 'speaking', participantId: 'ana', speaking: true });
    expect(room.events).toContainEqual({ type: 'speaking', participantId: 'ana', speaking: false });
    expect(room.events.some((event) => event.type === 'frame' && event.voiced[0] === 'ana')).toBe(true);
    room.mixer.dispose();
  });

  it('THREAD2 goes on while the serving thread is blocked, and does not flood it with what is too old', async () => {
    port = threadMixers({ when: 'always' });
    const room = new Room(port);
    room.mixer.setOpen('ana', 'ana', true);
    room.send(100);
    await room.until(() => room.frames.length > 0);
    room.send(300);
    const before = room.frames.length;
    block(1_500);
    await room.until(() => room.frames.length > before);
    await new Promise((resolve) => setImmediate(resolve));
    // 25 frames are half a second; the whole stall would be 75.
    expect(room.frames.length - before).toBeLessThanOrEqual(30);
    room.mixer.dispose();
  });

  it('THREAD3 takes the rooms over when the serving thread is late, with their policy and open microphones', async () => {
    const threads = new ThreadMixers({ when: 'late', startWorker: threadOf, onError: () => {} });
    port = threads;
    const room = new Room(threads);
    room.mixer.setPolicy('floor', 'ben');
    room.mixer.setOpen('ana', 'ana', true);
    for (let n = 0; n < 20 && !threads.inThread; n += 1) {
      room.send(20);
      const { length } = room.frames;
      await room.until(() => room.frames.length > length);
      block(80);
    }
    expect(threads.inThread).toBe(true);
    const { length } = room.frames;
    room.send(300);
    await room.until(() => room.frames.length > length + 30);
    // Ben has the floor, Ana speaks: nobody is heard.
    expect(room.frames.every((samples) => samples.every((sample) => sample === 0))).toBe(true);
    room.mixer.dispose();
  });

  it('THREAD4 falls back when the thread ends, and says why', async () => {
    const errors: unknown[] = [];
    port = new ThreadMixers({
      when: 'always',
      startWorker: () => new Worker('throw new Error("no thread here")', { eval: true }),
      onError: (error) => errors.push(error),
    });
    const room = new Room(port);
    room.mixer.setOpen('ana', 'ana', true);
    await expect.poll(() => errors.length).toBe(1);
    expect(String(errors[0])).toContain('no thread here');
    room.send(300);
    await room.until(() => room.frames.some((samples) => amplitudeAt(samples, 400) > 4_000));
    room.mixer.dispose();
  });

  it('THREAD5 refuses microphones above the limit, and tells so with the next frame', async () => {
    port = threadMixers({ when: 'always' });
    const room = new Room(port, 1);
    room.send(200);
    room.send(20, 'ben');
    await room.until(() => room.frames.length > 1);
    expect(room.send(20, 'ben')).toBe(false);
    expect(room.send(20)).toBe(true);
    room.mixer.dispose();
  });

  it('THREAD6 refuses options that cannot be', () => {
    expect(() => threadMixers({ when: 'never' as never })).toThrow('"late" or "always"');
  });
});

function threadOf(): Worker {
  return new Worker(new URL('../src/mixer-thread/worker.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}
