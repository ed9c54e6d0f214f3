import { readFile } from 'node:fs/promises';
import { fixturePhrasesFolder, loadFixturePhrases } from '@colloquy/live-emulator';
import { startStudio } from '@colloquy/studio';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepArtifact } from './support/artifacts.ts';
import { launchChromium, skipReason } from './support/chromium.ts';
import { eventually } from './support/eventually.ts';
import { speak } from './support/fake-microphone.ts';
import { SdkGuest } from './support/sdk-guest.ts';
import { find, readWav } from './support/signal.ts';
import { StallWatch } from './support/stall-watch.ts';
import { Guest } from './support/studio-page.ts';

type Studio = Awaited<ReturnType<typeof startStudio>>;

/** A machine that keeps up stalls for less during a phrase and its answer. */
const STALL_MS = 200;

const phrases = await loadFixturePhrases();
const wavOf = (file: string) => readFile(new URL(file, fixturePhrasesFolder));
const textOf = (file: string) => phrases.find((phrase) => phrase.file === file)?.text ?? '';

describe.skipIf(skipReason)(`two people and one model in one room${skipReason}`, () => {
  let browser: Browser;
  let studio: Studio;
  let ana: Guest;
  let ben: Guest;
  let roomPath: string;
  let machine: StallWatch;

  beforeAll(async () => {
    machine = new StallWatch();
    studio = await startStudio({ port: 0, dataDirectory: ':memory:', phrases });
    browser = await launchChromium();
    ana = await Guest.arrive(browser, studio.url, 'Ana');
    roomPath = await ana.createRoom('Panel');
    ben = await Guest.arrive(browser, studio.url, 'Ben', roomPath);
    await ben.enter();
    for (const guest of [ana, ben]) {
      await guest.until('both are here and the model listens', (room) => {
        return room.participants.length >= 2 && room.model.status === 'listening';
      });
    }
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    machine?.stop();
  });

  it('shows the text of one at the other, with the name', async () => {
    await ana.write('Welcome to the panel.', 'people');
    await ben.sees({ kind: 'text', speakers: ['Ana'], text: 'Welcome to the panel.' });
  });

  it('names each speaker of a transcript, and both when both talk, and both hear the model', {
    timeout: 400_000,
  }, async () => {
    for (const guest of [ana, ben]) {
      await guest.page.getByTestId('microphone').click();
      await guest.until('the microphone is on', (room) => room.microphone.status === 'on');
    }

    await understood(['ana-evening.wav'], ['Ana'], () => say(ana, 'ana-evening.wav'));
    await modelAnswered(1);

    await understood(['ben-noise.wav'], ['Ben'], () => say(ben, 'ben-noise.wav'));
    await modelAnswered(2);

    await understood(['ana-money.wav', 'ben-volunteers.wav'], ['Ana', 'Ben'], () =>
      Promise.all([say(ana, 'ana-money.wav'), say(ben, 'ben-volunteers.wav')]),
    );
    await modelAnswered(3);
  });

  const say = async (guest: Guest, file: string) => speak(guest.page, await wavOf(file));

  /**
   * Says it until both read it under the names of who spoke. A starved machine drops samples between a page and its
   * microphone, with which nobody would be understood: then it is said again, at most twice, and the output tells.
   */
  async function understood(
    files: readonly string[],
    speakers: readonly string[],
    saying: () => Promise<unknown>,
  ): Promise<void> {
    const bothRead = async () => {
      for (const guest of [ana, ben]) {
        for (const file of files) await guest.sees({ kind: 'speech', speakers, text: textOf(file) });
      }
    };
    for (let attempt = 1; ; attempt++) {
      const stalledMs = machine.stalledMs;
      await saying();
      try {
        return await bothRead();
      } catch (error) {
        // On a machine that kept up, the fault is ours.
        if (attempt === 3 || machine.stalledMs - stalledMs < STALL_MS) throw error;
        console.warn(`NOT UNDERSTOOD on a machine that stalled, attempt ${attempt} of 3: ${files.join(' and ')}`);
      }
    }
  }

  /** Every answer is finished at both, and its samples left both playback worklets. */
  async function modelAnswered(answers: number): Promise<void> {
    for (const guest of [ana, ben]) {
      await eventually(`${guest.name} has read ${answers} answers`, async () => (await guest.count('ai')) >= answers);
      await eventually(`${guest.name} has heard the answer`, async () => {
        const heard = await guest.playback('model');
        return heard !== null && heard.playedThroughTurn >= answers && heard.playedRms > 0.01;
      });
    }
  }

  it('feeds the model one stream in real time, with both voices where both talked', async () => {
    const [session] = (await studio.emulator?.sessions()) ?? [];
    if (!session) throw new Error('The emulator has no session.');
    const response = await fetch(`${studio.emulator?.url}/__emulator/sessions/${session.id}/audio.wav`);
    const wav = new Uint8Array(await response.arrayBuffer());
    await keepArtifact('heard-by-the-model.wav', wav);
    const heard = readWav(wav).samples;
    // In real time: as much audio as time went by while it came, in the whole and, with a stall and its catching up
    // allowed for, in each stretch of two seconds. Interleaved microphones would give twice as much.
    const { seconds, startedAtMs, lastAtMs, bucketMs, audioMsPerBucket } = session.report().received.audio;
    const elapsedSeconds = ((lastAtMs ?? 0) - (startedAtMs ?? 0)) / 1000;
    expect(seconds).toBeGreaterThan(8);
    // What the process that serves the room slept through is missing; nothing else.
    expect(seconds + machine.stalledMs / 1_000).toBeGreaterThan(0.9 * elapsedSeconds);
    expect(seconds / elapsedSeconds).toBeLessThan(1.05);
    const perStretch = audioMsPerBucket.map((_, at) => sum(audioMsPerBucket.slice(at, at + 2000 / bucketMs)));
    expect(Math.max(...perStretch)).toBeLessThan(2000 * 1.3);

    const [evening, noise, money, volunteers] = await Promise.all(
      ['ana-evening.wav', 'ben-noise.wav', 'ana-money.wav', 'ben-volunteers.wav'].map(async (file) =>
        find(readWav(await wavOf(file)).samples, heard),
      ),
    );
    // A phrase that is not there scores below 0.35. One that is scores 0.8 to 1, a little less where a busy machine
    // dropped samples on their way through the browser; under another voice of the same power 0.5 to 0.7.
    expect(evening?.score).toBeGreaterThan(0.5);
    expect(noise?.score).toBeGreaterThan(0.5);
    expect(money?.score).toBeGreaterThan(0.4);
    expect(volunteers?.score).toBeGreaterThan(0.4);
    expect(Math.abs((money?.atSeconds ?? 0) - (volunteers?.atSeconds ?? 99))).toBeLessThan(1);
    expect((noise?.atSeconds ?? 0) - (evening?.atSeconds ?? 0)).toBeGreaterThan(3);
  });

  it('keeps the history over a reload', async () => {
    const before = await ben.count('speech');
    await ben.page.reload();
    await ben.sees({ kind: 'text', speakers: ['Ana'], text: 'Welcome to the panel.' });
    await ben.sees({ kind: 'speech', speakers: ['Ana'], text: textOf('ana-evening.wav') });
    expect(await ben.count('speech')).toBe(before);
  });

  it("has Google's SDK for a guest: it speaks, it hears the model, and a page shows and plays its words under its name", {
    timeout: 120_000,
  }, async () => {
    const [phrase] = phrases;
    if (!phrase) throw new Error('There are no phrases.');
    const answers = await ana.count('ai');
    const sam = await SdkGuest.join(studio.url, roomPath, 'Sam');
    await ana.until('Sam is here', (room) => room.participants.some(({ name }) => name === 'Sam'));
    sam.say(phrase);
    await ana.sees({ kind: 'speech', speakers: ['Sam'], text: phrase.text });
    await eventually('the page has played Sam', async () => {
      const heard = await ana.playback(sam.participantId);
      return heard !== null && heard.playedRms > 0.01;
    });
    await eventually('Sam has heard the answer to its end', async () => sam.turns >= 1 && sam.audioMessages > 10);
    await eventually('the page shows the answer', async () => (await ana.count('ai')) > answers);
    sam.leave();
    await ana.until('Sam is gone', (room) => !room.participants.some(({ name }) => name === 'Sam'));
  });

  it('goes on when one leaves', async () => {
    await ben.page.getByTestId('leave').click();
    await ana.until('Ben is gone', (room) => !room.participants.some(({ name }) => name === 'Ben'));
    const answers = await ana.count('ai');
    await ana.write('Are we still here?');
    await eventually('the model answers Ana', async () => (await ana.count('ai')) > answers);
    const info = await fetch(new URL(`/api${roomPath}`, studio.url), {
      headers: { cookie: await cookies(ana) },
    });
    expect(await info.json()).toMatchObject({ status: 'open' });
  });

  it('tells somebody who opens a closed room so, once, and does not try again', async () => {
    const path = await (await Guest.arrive(browser, studio.url, 'Cleo')).createRoom('Short');
    const id = path.split('/').at(-1) ?? '';
    await studio.manager.close(id, { reason: 'The meeting is over.' });
    const late = await Guest.arrive(browser, studio.url, 'Dora', path);
    await late.page
      .getByText(/closed/i)
      .first()
      .waitFor();
    // Closed, and not waiting for another try: no timer is left that could dial again.
    await late.until('it has given up', ({ connection }) => {
      return connection.status === 'closed' && connection.error?.code === 'ERR_ROOM_CLOSED';
    });
    expect(late.dialled).toHaveLength(1);
    await late.close();
  });

  it('leaves nothing to complain about in the consoles', () => {
    expect([...ana.complaints, ...ben.complaints]).toEqual([]);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function cookies(guest: Guest): Promise<string> {
  const all = await guest.page.context().cookies();
  return all.map(({ name, value }) => `${name}=${value}`).join('; ');
}
