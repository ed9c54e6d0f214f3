import { describe, expect, it } from 'vitest';
import { avatarVideo } from './avatar-video.ts';
import { detailTranscriptions, SpeakerLabels } from './detailed-transcription.ts';

const segments = [
  { text: 'Hello there', recognized: true, speaker: 'ana', startMs: 400, endMs: 1_400 },
  { text: 'Hi', recognized: true, speaker: 'ben', startMs: 2_000, endMs: 2_500 },
  { text: '[speech 0.5 s]', recognized: false, startMs: 3_000, endMs: 3_500 },
];

describe('a detailed transcription', () => {
  it('has words with offsets from the beginning of the audio, laid out by their lengths', () => {
    const detail = { words: true, speakers: false, languageCode: 'en-US' };
    const [first] = detailTranscriptions(segments, 10_000, detail, new SpeakerLabels());
    expect(first).toEqual({
      text: 'Hello there',
      languageCode: 'en-US',
      startOffset: '10.400s',
      endOffset: '11.400s',
      words: [
        { word: 'Hello', startOffset: '10.400s', endOffset: '10.900s' },
        { word: 'there', startOffset: '10.900s', endOffset: '11.400s' },
      ],
      finished: true,
    });
  });

  it('labels speakers in the order in which they first speak, the whole session long', () => {
    const detail = { words: false, speakers: true, languageCode: 'de-DE' };
    const labels = new SpeakerLabels();
    const label = (list: typeof segments): unknown[] =>
      detailTranscriptions(list, 0, detail, labels).map(({ speakerLabel }) => speakerLabel);
    expect(label(segments)).toEqual(['spk_1', 'spk_2', 'spk_3']);
    expect(label([...segments].reverse())).toEqual(['spk_3', 'spk_2', 'spk_1']);
  });
});

describe('avatar video', () => {
  it('is as large as its bit rates say, in MP4 boxes that add up', () => {
    const video = Buffer.from(avatarVideo(1_000, { videoBitrateBps: 800_000, audioBitrateBps: 80_000 }, true));
    expect(video).toHaveLength(110_000);
    const first = video.readUInt32BE(0);
    expect(video.toString('latin1', 4, 8)).toBe('ftyp');
    expect(video.toString('latin1', first + 4, first + 8)).toBe('free');
    expect(first + video.readUInt32BE(first)).toBe(video.length);
  });

  it('begins with the file type once', () => {
    expect(Buffer.from(avatarVideo(40, {}, false)).toString('latin1', 4, 8)).toBe('free');
  });
});
