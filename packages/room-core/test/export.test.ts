import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { RoomManager } from '../src/room-manager.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const ana = { participantId: 'ana', name: 'Ana' };
const model = { participantId: 'model', name: 'Puck' };

describe('exporting a room', () => {
  let now = NOON;
  let engine: RoomEngine;
  let rooms: RoomManager;
  let id: string;
  const append = async (entry: NewEntry, at: number) => {
    now = NOON + at;
    await engine.append(id, entry);
  };
  const text = (words: string): NewEntry => ({ kind: 'msg.text', actor: ana, body: { text: words, toModel: false } });
  const said = (words: string, from: number, to: number, names: readonly string[] = ['Ana']): NewEntry => ({
    kind: 'speech.final',
    actor: { participantId: 'room', name: 'Room' },
    body: {
      messageId: `m${from}`,
      text: words,
      speakers: names.map((name) => ({ participantId: name, name })),
      attribution: 'derived',
      startedAt: NOON + from,
      endedAt: NOON + to,
    },
  });
  const file = async (...args: Parameters<RoomManager['export']>) => {
    const { chunks, ...about } = await rooms.export(...args);
    let content = '';
    for await (const chunk of chunks) content += chunk;
    return { ...about, content };
  };

  beforeEach(async () => {
    now = NOON;
    engine = memoryEngine({ now: () => now });
    const clock = { now: () => now, monotonic: () => now, setTimer: () => ({ cancel: () => {} }) };
    rooms = new RoomManager({ engine, model: null, clock });
    ({ id } = await rooms.create({ name: 'Řeky / rivers', configuration: { instructions: 'Be kind.' } }));
  });
  afterEach(() => rooms.shutdown());

  it('FILE1 gives everything as JSON, as it is in the log, however long that is', async () => {
    for (let n = 1; n <= 1_200; n += 1) await append(text(`text ${n} "quoted"\n`), n);
    const { content, contentType, fileName } = await file(id, 'json');
    expect(contentType).toBe('application/json; charset=utf-8');
    expect(fileName).toBe('Řeky rivers 2026-11-28.json');
    const exported = JSON.parse(content) as { room: unknown; entries: readonly LogEntry[]; exportedAt: number };
    expect(exported).toMatchObject({ format: 'colloquy.room.v1', room: await rooms.get(id), exportedAt: now });
    expect(exported.entries).toHaveLength(1_200);
    expect(exported.entries.slice(600, 610)).toEqual(await engine.read(id, { from: 601, to: 610, limit: 10 }));
  });

  it('FILE1 gives JSON of an empty room', async () => {
    expect(JSON.parse((await file(id, 'json')).content)).toMatchObject({ entries: [] });
  });

  it('FILE2 gives minutes: who was there, who said and wrote what and when, and what tools did', async () => {
    const body = { participantId: 'ana', name: 'Ana', role: 'host' } as const;
    await append({ kind: 'participant.added', actor: ana, body }, 1_000);
    await append(text('Hello\nall'), 2_000);
    await append(said('How wide is it?', 3_000, 4_000, ['Ana', 'Ben']), 4_500);
    await append(
      { kind: 'tool.call', actor: model, body: { callId: 'c', name: 'measure', args: { river: 1 } } },
      5_000,
    );
    const result = { callId: 'c', name: 'measure', outcome: 'answered', response: { metres: 40 } } as const;
    await append({ kind: 'tool.result', actor: model, body: result }, 6_000);
    await append({ kind: 'ai.message', actor: model, body: { messageId: 'a', turn: 1, text: 'Forty metres.' } }, 7_000);
    const left = { participantId: 'ana', name: 'Ana', reason: 'left' };
    await append({ kind: 'participant.removed', actor: ana, body: left }, 86_400_000);
    const { content, contentType, fileName } = await file(id, 'markdown', { timeZone: 'Europe/Prague' });
    expect(contentType).toBe('text/markdown; charset=utf-8');
    expect(fileName).toBe('Řeky rivers 2026-11-28.md');
    expect(content).toBe(`# Řeky / rivers

- Room: ${id.replace(/[_~]/g, '\\$&')}
- Began: 2026-11-28 13:00:00 (times: Europe/Prague)

## People

| Name | Role | Came | Left |
|---|---|---|---|
| Ana | host | 2026-11-28 13:00:01 | 2026-11-29 13:00:00 |

## Conversation

### 2026-11-28

*13:00:01 Ana came*

**Ana** wrote (13:00:02):  
> Hello  
> all

**Ana and Ben** said (13:00:04):  
> How wide is it?

*13:00:05 Puck called \`measure\` with \`{"river":1}\`*

*13:00:06 \`measure\` answered: \`{"metres":40}\`*

**Puck** said (13:00:07):  
> Forty metres.

### 2026-11-29

*13:00:00 Ana left*

---

Who spoke was found from whose microphone was active.
`);
  });

  it('FILE3 lets nothing that people wrote become markup of minutes or captions', async () => {
    const evil = '# Title\n<script>alert(1)</script>\n- item\n1. one\n| a | b |\n![x](y) **b** `c` &amp; \\';
    await append(text(evil), 0);
    await append(said('a --> b\n\n<v Eve>not me</v> & co', 0, 1_000, ['A\n<b>']), 0);
    const { content } = await file(id, 'markdown');
    expect(content).toContain(`> \\# Title  
> \\<script\\>alert(1)\\</script\\>  
> \\- item  
> 1\\. one  
> \\| a \\| b \\|  
> !\\[x\\](y) \\*\\*b\\*\\* \\\`c\\\` \\&amp; \\\\
`);
    const captions = (await file(id, 'webvtt')).content;
    expect(captions).toContain('\n<v A &lt;b&gt;>a --&gt; b\n&lt;v Eve&gt;not me&lt;/v&gt; &amp; co\n');
    expect(captions.match(/-->/g)).toHaveLength(1);
  });

  it('FILE4 gives captions of what was spoken, in the order of its beginnings, from the first word or another moment', async () => {
    await append(said('second', 5_000, 7_250, ['Ben']), 7_500);
    await append(said('first', 4_000, 6_000), 8_000);
    await append(text('typed'), 8_500);
    await append(said('', 9_000, 9_100, []), 9_200);
    await append({ kind: 'ai.message', actor: model, body: { messageId: 'a', turn: 1, text: 'x'.repeat(30) } }, 12_000);
    const { content, contentType } = await file(id, 'webvtt');
    expect(contentType).toBe('text/vtt; charset=utf-8');
    expect(content).toBe(`WEBVTT

NOTE 00:00:00.000 is 2026-11-28T12:00:04.000Z

00:00:00.000 --> 00:00:02.000
<v Ana>first

00:00:01.000 --> 00:00:03.250
<v Ben>second

00:00:06.000 --> 00:00:08.000
<v Puck>${'x'.repeat(30)}
`);
    const later = (await file(id, 'webvtt', { origin: NOON - 3_600_000 })).content;
    expect(later).toContain('01:00:04.000 --> 01:00:06.000\n<v Ana>first');
    expect((await file(id, 'webvtt', { origin: NOON + 8_000 })).content).not.toContain('first');
  });

  it('FILE5 refuses rooms, formats and zones that are none', async () => {
    const input = { code: 'ERR_ROOM_INPUT' };
    await expect(rooms.export('nowhere', 'json')).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    await expect(rooms.export('../x', 'json')).rejects.toMatchObject(input);
    await expect(rooms.export(id, 'pdf' as never)).rejects.toMatchObject(input);
    await expect(rooms.export(id, 'toString' as never)).rejects.toMatchObject(input);
    await expect(rooms.export(id, 'markdown', { timeZone: 'Mars/Olympus' })).rejects.toMatchObject(input);
    await expect(rooms.export(id, 'webvtt', { origin: 1.5 })).rejects.toMatchObject(input);
  });

  it.each([
    ['...', 'room 2026-11-28.json'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a b c d e f g h i j 2026-11-28.json'],
    ['x'.repeat(80), `${'x'.repeat(60)} 2026-11-28.json`],
  ])('FILE5 names the file of %j so that every system takes it', async (name, fileName) => {
    const room = await rooms.create({ name });
    expect((await rooms.export(room.id, 'json')).fileName).toBe(fileName);
  });
});
