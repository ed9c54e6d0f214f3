import { describe, expect, it } from 'vitest';
import { joinNames, namesInRoster, SpeakerCueReader } from './speaker-cues.ts';

describe('the roster in a system instruction', () => {
  it.each([
    ['You are the host.\nParticipants: Ana, Ben and Cem.\nBe brief.', ['Ana', 'Ben', 'Cem']],
    ['Roster: Ana Silva (host), Ben', ['Ana Silva', 'Ben']],
    ['People in the room: Ana, Ben. Speak English.', ['Ana', 'Ben']],
    ['Several people talk.\nPresent when this conversation began: Ana, Ben O’Neil.', ['Ana', 'Ben O’Neil']],
    ['Different voices are different people. Call people by their names when you know who spoke.', []],
    ['People present are Ana and Zoë.', ['Ana', 'Zoë']],
    ['Participants in this room:\nnone', []],
    ['Be kind.', []],
    ['', []],
  ])('%j names %j', (text, names) => {
    expect(namesInRoster(text)).toEqual(names);
  });
});

describe('speaker cues', () => {
  it.each([
    ['Ana: I agree.', [{ speakers: ['Ana'], text: 'I agree.' }]],
    ['[Ana] I agree.', [{ speakers: ['Ana'], text: 'I agree.' }]],
    ['[Ana]: I agree.', [{ speakers: ['Ana'], text: 'I agree.' }]],
    ['Ana and Ben: We agree.', [{ speakers: ['Ana', 'Ben'], text: 'We agree.' }]],
    [
      'Ana: Yes.\nBen: No.',
      [
        { speakers: ['Ana'], text: 'Yes.' },
        { speakers: ['Ben'], text: 'No.' },
      ],
    ],
    ['Hello there.', [{ speakers: [], text: 'Hello there.' }]],
    ['Note: buy chairs', [{ speakers: [], text: 'Note: buy chairs' }]],
    [
      'Ana-Sophie van der Berg-Lindqvist: Claim: it rains.',
      [{ speakers: ['Ana-Sophie van der Berg-Lindqvist'], text: 'Claim: it rains.' }],
    ],
    ['what van der Berg says: yes', [{ speakers: [], text: 'what van der Berg says: yes' }]],
    ['[laughs] Yes.', [{ speakers: [], text: '[laughs] Yes.' }]],
    ['at 10:30 we meet', [{ speakers: [], text: 'at 10:30 we meet' }]],
  ])('%j is %j', (text, statements) => {
    expect(new SpeakerCueReader().readText(text).statements).toEqual(statements);
  });

  it.each(['[Ana is speaking]', '[Ana is now speaking]', '[Now speaking: Ana]', '[Ana]', 'Ana:', '[Ana is talking]'])(
    '%s says who is heard next',
    (cue) => {
      const reader = new SpeakerCueReader();
      expect(reader.readText(cue).statements).toEqual([]);
      expect(reader.readSpeech('I agree.')).toEqual({ speakers: ['Ana'], text: 'I agree.' });
      expect(reader.people).toEqual(['Ana']);
    },
  );

  it('names several at once, and lower-case names that the roster knows', () => {
    const reader = new SpeakerCueReader(['guest 7']);
    reader.readText('[Ana, Ben and Cem are speaking]');
    expect(reader.readSpeech('x').speakers).toEqual(['Ana', 'Ben', 'Cem']);
    expect(reader.readText('guest 7: hi').statements).toEqual([{ speakers: ['guest 7'], text: 'hi' }]);
  });

  it('tells who came and went', () => {
    const reader = new SpeakerCueReader(['Ana']);
    expect(reader.readText('[Ben joined the room]\n[Ana left]').presence).toEqual([
      { name: 'Ben', change: 'joined' },
      { name: 'Ana', change: 'left' },
    ]);
    expect(reader.people).toEqual(['Ben']);
  });
});

describe('names', () => {
  it('are joined as in speech', () => {
    expect([joinNames([]), joinNames(['A']), joinNames(['A', 'B']), joinNames(['A', 'B', 'C'])]).toEqual([
      '',
      'A',
      'A and B',
      'A, B and C',
    ]);
  });
});
