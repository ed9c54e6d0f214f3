import { MediaCodec, MediaFlag, MediaKind } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { RecordingConnection } from '../src/testing/recording-connection.ts';
import { amplitudeAt, fromPcmBytes, sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, picture, Stage } from './support/stage.ts';

/** Sends `ms` of a tone in frames of 20 ms, in time. */
class Talker {
  #index = 0;
  readonly guest: Guest;
  readonly frequency: number;
  readonly amplitude: number;

  constructor(guest: Guest, frequency: number, amplitude = 6000) {
    this.guest = guest;
    this.frequency = frequency;
    this.amplitude = amplitude;
  }

  frame(flags = 0): void {
    const { frequency, amplitude } = this;
    const samples = sine({ frequency, samples: 320, amplitude, offset: this.#index * 320 });
    this.guest.connection.receiveMedia(audioFrame(this.#index, samples, flags));
    this.#index += 1;
  }

  /** Time passes for this microphone without a frame. */
  pause(): void {
    this.#index += 1;
  }
}

async function talk(stage: Stage, ms: number, ...talkers: readonly Talker[]): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    for (const talker of talkers) talker.frame();
    await stage.clock.run(20);
  }
}
const from = (port: RecordingConnection, kind: number) => port.frames.filter((frame) => frame.kind === kind);

describe('audio to the model', () => {
  it('scenario 44: HEAR1 sends exactly one frame of 320 samples per 20 ms while two people talk, with both voices in it', async () => {
    const stage = await Stage.open();
    const ana = new Talker(await stage.join('Ana'), 400);
    const ben = new Talker(await stage.join('Ben'), 1000);
    await talk(stage, 1_000, ana);
    await talk(stage, 1_000, ben);
    await talk(stage, 1_000, ana, ben);
    const { frames, audio } = stage.model.session;
    expect(frames).toHaveLength(150);
    expect(frames.every(({ samples }) => samples.length === 320)).toBe(true);
    const both = audio.subarray(16 * 2_200, 16 * 2_900);
    // Two at once are softer by the square root of two each.
    expect(amplitudeAt(both, 400)).toBeGreaterThan(4_000);
    expect(amplitudeAt(both, 1000)).toBeGreaterThan(4_000);
    const onlyAna = audio.subarray(16 * 200, 16 * 900);
    expect(amplitudeAt(onlyAna, 400)).toBeGreaterThan(5_500);
    expect(amplitudeAt(onlyAna, 1000)).toBeLessThan(50);
  });

  it('HEAR2 stays at real time when eight people shout, below -1 dBFS', async () => {
    const stage = await Stage.open();
    const talkers = [];
    for (let n = 0; n < 8; n += 1) talkers.push(new Talker(await stage.join(`P${n}`), 300 + n * 100, 32_000));
    await talk(stage, 2_000, ...talkers);
    expect(stage.model.session.frames).toHaveLength(100);
    expect(stage.model.session.audio.every((sample) => Math.abs(sample) <= 29_204)).toBe(true);
  });

  it('HEAR3 sends a second of silence after the last word, then ends the stream, and goes on with the next word', async () => {
    const stage = await Stage.open();
    const ana = new Talker(await stage.join('Ana'), 400);
    await talk(stage, 400, ana);
    ana.frame(MediaFlag.endOfBurst);
    await stage.clock.run(3_000);
    const { session } = stage.model;
    expect(session.calls).toEqual([{ call: 'audioStreamEnd' }]);
    // 21 frames of speech behind 60 ms of delay, then 50 of silence.
    expect(session.frames.length).toBeGreaterThanOrEqual(21 + 3 + 50 - 1);
    expect(session.frames.length).toBeLessThanOrEqual(21 + 3 + 50 + 1);
    expect(session.frames.slice(-49).every(({ samples }) => samples.every((sample) => sample === 0))).toBe(true);
    expect(stage.clock.pendingTimers).toBeLessThan(3);

    const before = session.frames.length;
    await stage.clock.run(5_000);
    expect(session.frames).toHaveLength(before);
    for (let n = 0; n < 100; n += 1) ana.pause();
    await talk(stage, 200, ana);
    expect(session.frames).toHaveLength(before + 10);
    expect(session.frames.at(-1)?.callsBefore).toBe(1);
  });

  it('HEAR3 keeps the stream while a microphone is open, and gives up on one that stalls', async () => {
    const stage = await Stage.open();
    const guest = await stage.join('Ana');
    guest.connection.receive({ type: 'media', media: { microphone: true, camera: false, screen: false } });
    await stage.clock.run(1_000);
    expect(stage.model.session.frames).toHaveLength(0);
    const ana = new Talker(guest, 400);
    await talk(stage, 100, ana);
    await stage.clock.run(3_000);
    expect(stage.model.session.calls).toEqual([]);
    expect(stage.model.session.frames).toHaveLength(5 + 150);
    await stage.clock.run(10_000);
    expect(stage.model.session.calls).toEqual([{ call: 'audioStreamEnd' }]);

    for (let n = 0; n < 1000; n += 1) ana.pause();
    await talk(stage, 100, ana);
    guest.connection.receive({ type: 'media', media: { microphone: false, camera: false, screen: false } });
    await stage.clock.run(1_500);
    expect(stage.model.session.calls).toHaveLength(2);
  });

  it('scenario 47: HEAR4 takes a microphone out of the mix within 500 ms when its stream stops without a word, and keeps time', async () => {
    const stage = await Stage.open();
    const ana = new Talker(await stage.join('Ana'), 400);
    const ben = new Talker(await stage.join('Ben'), 1000);
    await talk(stage, 500, ana, ben);
    await talk(stage, 1_000, ben);
    const { frames, audio } = stage.model.session;
    expect(frames).toHaveLength(75);
    expect(amplitudeAt(audio.subarray(16 * 1_000), 400)).toBeLessThan(50);
    expect(amplitudeAt(audio.subarray(16 * 1_000), 1000)).toBeGreaterThan(5_500);
    expect(stage.rooms.sessions()[0]?.people.map(({ speaking }) => speaking)).toEqual([false, true]);
  });

  it('scenario 48: HEAR5 does not flood the model after a stall of two seconds', async () => {
    const stage = await Stage.open();
    const ana = new Talker(await stage.join('Ana'), 400);
    await talk(stage, 400, ana);
    const before = stage.model.session.frames.length;
    stage.clock.stall(2_000);
    for (let n = 0; n < 100; n += 1) ana.frame();
    stage.clock.advance(0);
    expect(stage.model.session.frames.length - before).toBeLessThanOrEqual(5);
    await talk(stage, 1_000, ana);
    expect(stage.model.session.frames.length - before).toBeLessThanOrEqual(55);
  });

  it('HEAR6 sends nothing before the session is ready and after it failed, and no backlog later', async () => {
    const stage = await Stage.open({ autoReady: false });
    const ana = new Talker(await stage.join('Ana'), 400);
    await talk(stage, 500, ana);
    expect(stage.model.session.frames).toHaveLength(0);
    expect(stage.rooms.sessions()[0]?.people[0]?.speaking).toBe(true);
    stage.model.session.ready();
    await talk(stage, 500, ana);
    expect(stage.model.session.frames).toHaveLength(25);
    expect(stage.rooms.sessions()[0]?.model.audioSeconds).toBe(0.5);
    const { session } = stage.model;
    session.emit({ type: 'reconnecting', reason: 'replaced' });
    await talk(stage, 100, ana);
    expect(session.frames).toHaveLength(30);
    session.emit({ type: 'failed', code: 'X', reason: 'gone' });
    await talk(stage, 100, ana);
    expect(session.frames).toHaveLength(30);
  });

  it('HEAR7 mixes at most eight microphones, tells the ninth, and takes it when another one is silent', async () => {
    const stage = await Stage.open();
    const talkers = [];
    for (let n = 0; n < 9; n += 1) talkers.push(new Talker(await stage.join(`P${n}`), 500 + n * 200, 2000));
    await talk(stage, 400, ...talkers);
    const ninth = talkers[8];
    expect(ninth?.guest.port.of('error')).toMatchObject([{ code: 'ERR_ROOM_FULL' }]);
    expect(amplitudeAt(stage.model.session.audio.subarray(16 * 200), 2100)).toBeLessThan(50);
    await talk(stage, 1_000, ...talkers.slice(1));
    expect(amplitudeAt(stage.model.session.audio.subarray(16 * 1_000), 2100)).toBeGreaterThan(600);
  });

  it('HEAR8 never feeds the model its own voice', async () => {
    const stage = await Stage.open();
    const ana = new Talker(await stage.join('Ana'), 400);
    stage.model.session.emit({
      type: 'audio',
      samples: sine({ frequency: 2000, samples: 24_000, sampleRate: 24_000 }),
    });
    await talk(stage, 500, ana);
    expect(amplitudeAt(stage.model.session.audio, 2000)).toBeLessThan(50);
  });
});

describe('media between people', () => {
  it('RELAY1 brings audio to everybody else under the index of its sender, and not back', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const second = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const samples = sine({ frequency: 400, samples: 320 });
    const frame = { ...audioFrame(7, samples, MediaFlag.voice), participant: 77, turn: 5, seq: 9 };
    ana.connection.receiveMedia(frame);
    const [relayed] = ben.port.frames;
    expect(relayed).toMatchObject({
      kind: MediaKind.personAudio,
      codec: MediaCodec.pcm16k,
      flags: MediaFlag.voice,
      participant: ana.connection.index,
      seq: 9,
      mediaTime: 7 * 320,
      turn: 0,
    });
    expect(fromPcmBytes(relayed?.payload ?? new Uint8Array())).toEqual(samples);
    expect(ana.port.frames).toEqual([]);
    expect(second.port.frames).toEqual([]);
  });

  it('RELAY2 shows everybody who speaks, from the sound and not from what a client claims', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const changes = () =>
      ben.port.of('presence').flatMap(({ changed }) => changed.filter(({ participantId }) => participantId === 'ana'));
    for (let n = 0; n < 20; n += 1) {
      ana.connection.receiveMedia(audioFrame(n, new Int16Array(320), MediaFlag.voice));
      await stage.clock.run(20);
    }
    expect(changes().some(({ speaking }) => speaking)).toBe(false);
    const first = new Talker(ana, 400);
    for (let n = 0; n < 20; n += 1) first.pause();
    await talk(stage, 400, first);
    expect(changes().at(-1)?.speaking).toBe(true);
    await stage.clock.run(1_000);
    expect(changes().at(-1)?.speaking).toBe(false);
    const speaker = new Talker(ana, 400);
    await talk(stage, 400, speaker);
    ana.connection.disconnected();
    expect(changes().at(-1)).toMatchObject({ speaking: false, status: 'away' });
  });

  it('RELAY3 refuses what it cannot take, tells once, and relays nothing of it', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const good = audioFrame(0, new Int16Array(320));
    for (let n = 0; n < 10; n += 1) {
      ana.connection.receiveMedia({ ...good, codec: MediaCodec.opus });
      ana.connection.receiveMedia({ ...good, payload: new Uint8Array(3202) });
      ana.connection.receiveMedia({ ...good, kind: MediaKind.modelAudio });
      ana.connection.receiveMedia({ ...picture(), payload: new Uint8Array([0x89, 0x50]) });
      ana.connection.receiveMedia(picture({ bytes: 800_000 }));
    }
    expect(ana.port.of('error').map(({ message }) => message)).toEqual([
      expect.stringContaining('Opus'),
      expect.stringContaining('3200'),
      expect.stringContaining('kind 2'),
      expect.stringContaining('JPEG'),
      expect.stringContaining('786432'),
    ]);
    expect(ben.port.frames).toEqual([]);
    stage.clock.advance(5_000);
    ana.connection.receiveMedia({ ...good, codec: MediaCodec.opus });
    expect(ana.port.of('error')).toHaveLength(6);
  });

  it('RELAY4 brings pictures to the others at once, and takes no media of viewers', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben', { role: 'viewer' });
    ana.connection.receiveMedia(picture({ kind: 4 }));
    ana.connection.receiveMedia(picture({ screen: true }));
    expect(ben.port.frames.map(({ kind, participant, flags }) => [kind, participant, flags])).toEqual([
      [4, 1, 0],
      [3, 1, MediaFlag.screen],
    ]);
    ben.connection.receiveMedia(picture());
    ben.connection.receiveMedia(audioFrame(0, new Int16Array(320)));
    expect(from(ana.port, 3)).toEqual([]);
    expect(from(ana.port, 1)).toEqual([]);
    expect(ben.port.of('error')).toHaveLength(1);
  });
});

describe('pictures for the model', () => {
  const seen = (stage: Stage) =>
    stage.model.session.calls.flatMap((call) => (call.call === 'image' ? [call.bytes[2]] : []));

  it('PIC1 shows the model at most one picture per second, the newest', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    for (let n = 1; n <= 30; n += 1) {
      (n % 2 ? ana : ben).connection.receiveMedia(picture({ mark: n }));
      await stage.clock.run(100);
    }
    // Ben's pictures are not shown while Ana's are.
    expect(seen(stage)).toEqual([1, 9, 19, 29]);
    await stage.clock.run(5_000);
    expect(seen(stage)).toHaveLength(4);
    expect(stage.model.session.calls[1]).toMatchObject({ mimeType: 'image/jpeg' });
  });

  it('PIC2 shows a screen before any camera', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    for (let n = 0; n < 5; n += 1) {
      ana.connection.receiveMedia(picture({ mark: 100 + n, screen: true }));
      await stage.clock.run(500);
      ben.connection.receiveMedia(picture({ mark: n }));
      await stage.clock.run(500);
    }
    expect(seen(stage)).toEqual([100, 101, 102, 103, 104]);
    await stage.clock.run(3_000);
    ben.connection.receiveMedia(picture({ mark: 9 }));
    expect(seen(stage).at(-1)).toBe(9);
  });

  it('PIC3 keeps pictures between people from the model, and shows none when the budget is 0', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.connection.receiveMedia(picture({ kind: 4 }));
    expect(seen(stage)).toEqual([]);
    const none = await Stage.open({ manager: { limits: { maxPicturesPerSecond: 0 } } });
    const ben = await none.join('Ben');
    ben.connection.receiveMedia(picture());
    await none.clock.run(5_000);
    expect(seen(none)).toEqual([]);
  });

  it('PIC4 keeps its own copy of a picture that waits', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    ana.connection.receiveMedia(picture({ mark: 1 }));
    const waiting = picture({ mark: 2 });
    ana.connection.receiveMedia(waiting);
    waiting.payload.fill(0);
    await stage.clock.run(1_000);
    expect(seen(stage)).toEqual([1, 2]);
  });

  const notes = (stage: Stage) =>
    stage.model.session.calls.flatMap((call) => {
      if (call.call === 'image') return call.bytes[2] ?? [];
      return call.call === 'context' ? call.text : [];
    });

  it('PIC5 follows whoever speaks, three seconds at least, and names the owner before each change', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben');
    const show = async (seconds: number, speaker: Talker) => {
      for (let n = 0; n < seconds; n += 1) {
        ana.connection.receiveMedia(picture({ mark: 1 }));
        ben.connection.receiveMedia(picture({ mark: 2 }));
        await talk(stage, 1_000, speaker);
      }
    };
    const [anaSpeaks, benSpeaks] = [new Talker(ana, 400), new Talker(ben, 600)];
    await show(1, anaSpeaks);
    for (let n = 0; n < 50; n += 1) benSpeaks.pause();
    await show(5, benSpeaks);
    expect(notes(stage)).toEqual([
      "[The pictures show Ana's camera]",
      ...[1, 1, 1],
      "[The pictures show Ben's camera]",
      ...[2, 2, 2],
    ]);
  });

  it('PIC6 shows what a host has pinned before any screen, as long as it comes', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { role: 'host' });
    const ben = await stage.join('Ben');
    const show = async (seconds: number, isPinnedOn = true) => {
      for (let n = 0; n < seconds; n += 1) {
        ana.connection.receiveMedia(picture({ mark: 1, screen: true }));
        if (isPinnedOn) ben.connection.receiveMedia(picture({ mark: 2 }));
        await stage.clock.run(1_000);
      }
    };
    await show(2);
    ana.connection.receive({ type: 'pin', pin: { participantId: 'ben', source: 'camera' } });
    expect(ben.port.last('pin').pin).toEqual({ participantId: 'ben', source: 'camera' });
    expect((await stage.join('Cy')).port.last('welcome').pin?.participantId).toBe('ben');
    await show(2);
    await show(5, false);
    expect(notes(stage).filter((note) => typeof note === 'number')).toEqual([1, 1, 2, 2, 1, 1, 1]);
    ben.connection.receive({ type: 'pin', pin: null });
    expect(ben.port.last('error').code).toBe('ERR_NOT_ALLOWED');
    ana.connection.receive({ type: 'pin', pin: { participantId: 'nobody', source: 'screen' } });
    expect(ana.port.last('error').code).toBe('ERR_ROOM_INPUT');
    ben.connection.receive({ type: 'leave' });
    expect(ana.port.last('pin').pin).toBeNull();
  });

  it('PIC7 keeps to the budget per minute', async () => {
    const stage = await Stage.open({ manager: { limits: { maxPicturesPerMinute: 12 } } });
    const ana = await stage.join('Ana');
    for (let n = 0; n < 60; n += 1) {
      ana.connection.receiveMedia(picture({ mark: n }));
      await stage.clock.run(1_000);
    }
    expect(seen(stage)).toEqual([0, 4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59]);
  });
});
