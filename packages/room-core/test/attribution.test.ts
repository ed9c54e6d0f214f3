import type { LogEntryOf } from '@colloquy/live-protocol';
import { NO_USAGE } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { ModelEvent } from '../src/ports/model-session.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

const sentence = (text: string): ModelEvent => ({ type: 'inputTranscript', text, finished: true });
const piece = (text: string): ModelEvent => ({ type: 'inputTranscript', text, finished: false });
const edge = (kind: 'start' | 'end', audioOffsetMs: number | null): ModelEvent => ({
  type: 'voiceActivity',
  edge: kind,
  audioOffsetMs,
});

/** A stage on which people talk and are silent, on one clock. */
class Conversation {
  readonly stage: Stage;
  readonly #guests = new Map<string, Guest>();
  #index = 0;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async open(names: readonly string[], manager = {}): Promise<Conversation> {
    const conversation = new Conversation(await Stage.open({ manager }));
    for (const name of names) conversation.#guests.set(name, await conversation.stage.join(name));
    return conversation;
  }

  guest(name: string): Guest {
    const guest = this.#guests.get(name);
    if (!guest) throw new Error(`${name} is not here`);
    return guest;
  }

  /** Everybody's microphone is on; those named speak. */
  async talk(ms: number, ...speakers: readonly string[]): Promise<void> {
    for (let at = 0; at < ms; at += 20) {
      for (const [n, [name, guest]] of [...this.#guests].entries()) {
        const samples = speakers.includes(name)
          ? sine({ frequency: 300 + 100 * n, samples: 320, amplitude: 5000, offset: this.#index * 320 })
          : new Int16Array(320);
        guest.connection.receiveMedia(audioFrame(this.#index, samples));
      }
      this.#index += 1;
      await this.stage.clock.run(20);
    }
  }

  async hear(...events: readonly ModelEvent[]): Promise<void> {
    this.stage.model.session.emit(...events);
    await settle();
  }

  async speeches(): Promise<readonly LogEntryOf<'speech.final'>['body'][]> {
    return (await this.stage.entries()).flatMap((entry) => (entry.kind === 'speech.final' ? [entry.body] : []));
  }

  /** Names and text of everything said. */
  async minutes(): Promise<readonly string[]> {
    return (await this.speeches()).map(
      ({ speakers, text }) => `${speakers.map(({ name }) => name).join('+')}: ${text}`,
    );
  }
}

describe('who said it', () => {
  it('ATTR1 names the person whose microphone was active, sentence by sentence', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(2_000, 'Ana');
    await room.talk(1_000);
    await room.hear(sentence('Good morning.'));
    await room.talk(1_500, 'Ben');
    await room.talk(1_000);
    await room.hear(sentence('Hello Ana.'));
    expect(await room.minutes()).toEqual(['Ana: Good morning.', 'Ben: Hello Ana.']);
    expect(await room.speeches()).toMatchObject([{ attribution: 'derived' }, { attribution: 'derived' }]);
  });

  it('ATTR2 names everybody who had a part when two talk at once, the most active first', async () => {
    const room = await Conversation.open(['Ana', 'Ben', 'Cy']);
    await room.talk(1_000, 'Ana', 'Ben');
    await room.talk(500, 'Ben');
    await room.talk(1_000);
    await room.hear(sentence('Both of us.'));
    expect(await room.minutes()).toEqual(['Ben+Ana: Both of us.']);
  });

  it('ATTR2 gives one person the sentence above 70 percent of the voiced time', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(2_000, 'Ana');
    await room.talk(400, 'Ana', 'Ben');
    await room.talk(1_000);
    await room.hear(sentence('A long remark.'));
    expect(await room.minutes()).toEqual(['Ana: A long remark.']);
  });

  it('ATTR3 tells when it was said, in room time', async () => {
    const room = await Conversation.open(['Ana']);
    await room.talk(1_000);
    const start = room.stage.clock.now();
    await room.talk(2_000, 'Ana');
    const end = room.stage.clock.now();
    await room.talk(3_000);
    await room.hear(sentence('Now.'));
    const [speech] = await room.speeches();
    // The jitter buffer delays by 60 ms, and the third loud frame starts speech.
    expect((speech?.startedAt ?? 0) - start).toBeGreaterThanOrEqual(0);
    expect((speech?.startedAt ?? 0) - start).toBeLessThan(200);
    expect(Math.abs((speech?.endedAt ?? 0) - end)).toBeLessThan(200);
  });

  it('ATTR4 uses what the model tells of its voice activity, so that the next speaker has no part in it', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(1_000, 'Ana');
    // Ben goes on at once, and talks longer, before Ana's sentence has come.
    await room.hear(edge('start', 100), edge('end', 1_100));
    await room.talk(3_000, 'Ben');
    await room.hear(sentence('Short.'));
    expect(await room.minutes()).toEqual(['Ana: Short.']);
    await room.hear(edge('start', 1_200));
    await room.talk(1_000);
    await room.hear(sentence('A longer answer.'), edge('end', 4_100));
    expect(await room.minutes()).toEqual(['Ana: Short.', 'Ben: A longer answer.']);
  });

  it('ATTR4 is not thrown off by activity that never gets a transcript', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(300, 'Ana');
    await room.hear(edge('start', 100), edge('end', 400));
    await room.talk(4_000);
    await room.hear(edge('start', 4_400));
    await room.talk(1_500, 'Ben');
    await room.talk(500);
    await room.hear(sentence('After a cough.'), edge('end', 5_900));
    expect(await room.minutes()).toEqual(['Ben: After a cough.']);
  });

  it('ATTR5 counts the audio of every session anew', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(2_000, 'Ana');
    await room.hear({ type: 'failed', code: 'X', reason: 'gone' });
    room.guest('Ben').say('again', { toModel: true });
    await room.stage.clock.run(2_000);
    expect(room.stage.model.sessions).toHaveLength(2);
    await room.talk(1_000, 'Ben');
    await room.talk(500);
    await room.hear(edge('start', 60), sentence('In the new session.'), edge('end', 1_100));
    expect(await room.minutes()).toEqual(['Ben: In the new session.']);
  });

  it('ATTR6 grows pieces as deltas with names, and makes them one entry when the model answers', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    const { port } = room.guest('Ben');
    await room.talk(600, 'Ana');
    await room.hear(piece(' Hello'));
    await room.talk(600, 'Ana');
    await room.hear(piece(' there'), piece(','));
    const ana = { participantId: 'ana', name: 'Ana' };
    const deltas = port.of('delta');
    expect(deltas).toMatchObject([
      { kind: 'speech', offset: 0, text: 'Hello', speakers: [ana] },
      { kind: 'speech', offset: 5, text: ' there', speakers: [ana] },
      { kind: 'speech', offset: 11, text: ',', speakers: [ana] },
    ]);
    const late = await room.stage.join('Cy');
    expect(late.port.last('welcome').inflight).toMatchObject([
      { kind: 'speech', text: 'Hello there,', speakers: [ana] },
    ]);
    await room.talk(400, 'Ana');
    await room.hear({ type: 'outputTranscript', text: 'Hi' });
    // The last word is transcribed after the answer has begun.
    await room.hear(piece(' Model.'));
    expect(await room.minutes()).toEqual([]);
    await room.stage.clock.run(2_000);
    expect(await room.speeches()).toMatchObject([
      { messageId: deltas[0]?.messageId, text: 'Hello there, Model.', speakers: [ana] },
    ]);
    await room.hear({ type: 'turnComplete', reason: null });
    expect((await room.stage.kinds()).slice(-2)).toEqual(['speech.final', 'ai.message']);
  });

  it('ATTR6 makes pieces an entry after silence, but not while somebody goes on talking', async () => {
    const room = await Conversation.open(['Ana']);
    await room.talk(500, 'Ana');
    await room.hear(piece('One'));
    await room.talk(4_000, 'Ana');
    expect(await room.minutes()).toEqual([]);
    await room.hear(piece(' two'));
    await room.talk(2_000);
    expect(await room.minutes()).toEqual(['Ana: One two']);
  });

  it('ATTR6 does not split a sentence that interrupts the model', async () => {
    const room = await Conversation.open(['Ana']);
    await room.hear({ type: 'outputTranscript', text: 'I was saying' });
    await room.talk(500, 'Ana');
    await room.hear(piece('Wait'), { type: 'interrupted' }, { type: 'turnComplete', reason: null });
    await room.talk(500, 'Ana');
    await room.hear(piece(' a moment'));
    await room.talk(2_500);
    expect(await room.minutes()).toEqual(['Ana: Wait a moment']);
  });

  it('ATTR7 starts another entry when somebody else goes on', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(1_000, 'Ana');
    await room.hear(piece('Ask'));
    // Words come a while after they were said.
    await room.talk(400, 'Ben');
    await room.hear(piece(' Ben'));
    await room.talk(600, 'Ben');
    await room.hear(piece(' Here'));
    await room.talk(500, 'Ben');
    await room.hear(piece(' I am'));
    await room.talk(2_000);
    expect(await room.minutes()).toEqual(['Ana: Ask Ben', 'Ben: Here I am']);
  });

  it('ATTR8 does not take the echo of a typed text for speech, and speech for an echo', async () => {
    const room = await Conversation.open(['Ana']);
    room.guest('Ana').say('What is the time?', { toModel: true });
    await settle();
    await room.hear(sentence('Ana: what is the time'));
    expect(await room.minutes()).toEqual([]);
    await room.talk(1_000, 'Ana');
    await room.hear(sentence('Ana: What is the time?'));
    expect(await room.minutes()).toEqual(['Ana: Ana: What is the time?']);
  });

  it('ATTR9 names the last speaker for a transcript that comes late, and nobody where nobody was heard', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.hear(sentence('A ghost.'));
    await room.talk(1_000, 'Ben');
    await room.talk(1_000, 'Ana');
    await room.talk(500);
    await room.hear(piece('Late'));
    await room.talk(500);
    await room.hear(piece(' words'));
    await room.talk(2_000);
    await room.hear(sentence('And later ones.'));
    const [ghost, ...others] = await room.speeches();
    expect(ghost).toMatchObject({ text: 'A ghost.', speakers: [] });
    expect(others.map(({ text, speakers }) => [text, speakers.map(({ name }) => name)])).toEqual([
      ['Late', ['Ben']],
      ['words', ['Ana']],
      ['And later ones.', ['Ana']],
    ]);
    const entries = await room.stage.entries();
    expect(entries.find(({ kind }) => kind === 'speech.final')?.actor.participantId).toBe('room');
  });

  it('ATTR10 names somebody who has left before the transcript came', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    await room.talk(1_000, 'Ana');
    room.guest('Ana').connection.receive({ type: 'leave' });
    await room.stage.clock.run(500);
    await room.hear(sentence('Goodbye.'));
    expect(await room.minutes()).toEqual(['Ana: Goodbye.']);
  });

  it('ATTR11 keeps what was said when the session is lost', async () => {
    const room = await Conversation.open(['Ana']);
    await room.talk(1_000, 'Ana');
    await room.hear(piece('Half a'), { type: 'failed', code: 'X', reason: 'gone' });
    expect(await room.minutes()).toEqual(['Ana: Half a']);
  });

  it('ATTR12 tells the model who speaks, when asked to, once per change', async () => {
    const room = await Conversation.open(['Ana', 'Ben'], { defaultConfiguration: { speakerCues: 'context' } });
    await room.talk(500, 'Ana');
    await room.talk(500);
    await room.talk(500, 'Ana');
    await room.talk(500);
    await room.talk(500, 'Ben');
    await room.talk(500, 'Ana', 'Ben');
    expect(room.stage.model.session.speakers).toEqual(['Ana', 'Ben', 'Ana+Ben']);
    const silent = await Conversation.open(['Ana']);
    await silent.talk(500, 'Ana');
    expect(silent.stage.model.session.speakers).toEqual([]);
  });

  it('ATTR12 tells the model who comes and goes, and in every turn that the room begins who speaks', async () => {
    const configuration = { speakerCues: 'auto', floor: 'pick' } as const;
    const room = await Conversation.open(['Ana', 'Ben'], { defaultConfiguration: configuration });
    await room.talk(800, 'Ana');
    await room.talk(2_000);
    await room.talk(800, 'Ana');
    await room.talk(600);
    await room.talk(800, 'Ben');
    await room.talk(2_000);
    room.guest('Ben').connection.receive({ type: 'leave' });
    await room.stage.clock.run(20);
    const calls = room.stage.model.session.calls.map((call) => {
      if (call.call === 'speakers') return call.names.join('+');
      return call.call === 'context' ? call.text : call.call;
    });
    expect(calls).toEqual([
      '[Ben has joined]',
      ...['activityStart', 'Ana', 'activityEnd'],
      ...['activityStart', 'Ana', 'Ben', 'activityEnd'],
      '[Ben has left]',
    ]);
    // Between turns nothing is sent.
    const { frames } = room.stage.model.session;
    expect(frames.length * 20).toBeGreaterThan(2_400);
    expect(frames.length * 20).toBeLessThan(5_000);
  });

  it('ATTR14 names in the usage of a turn whose words it answers', async () => {
    const room = await Conversation.open(['Ana', 'Ben']);
    const told: string[] = [];
    room.stage.rooms.on('usageReported', ({ turn, speakers }) => {
      told.push(`${turn} ${speakers.map(({ name }) => name).join('+')}`);
    });
    const answer = (): readonly ModelEvent[] => [
      { type: 'outputTranscript', text: 'Well.' },
      { type: 'turnComplete', reason: null },
      { type: 'usage', usage: { ...NO_USAGE, totalTokens: 2 } },
    ];
    await room.talk(1_000, 'Ana');
    await room.talk(500);
    await room.hear(...answer());
    room.guest('Ben').say('And me?', { toModel: true });
    await settle();
    await room.hear(...answer());
    expect(told).toEqual(['1 Ana', '2 Ben']);
  });
});
