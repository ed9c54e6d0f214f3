import { JsonWalk } from '../json/json-walk.ts';

/** Where the base64 of a message begins and ends that is nothing but one piece of media. */
export interface WholeMedia {
  readonly start: number;
  readonly end: number;
  readonly isPicture: boolean;
  readonly mimeType: string;
}

/** Shorter base64 is not worth knowing again. */
const shortBytes = 64;

/** One blob in one realtime input of a client, in either spelling, and nothing beside it. */
export function readClientMedia(data: Buffer): WholeMedia | null {
  const walk = new JsonWalk(data);
  let blob: Blob | null = null;
  let field: 'audio' | 'video' | 'chunk' = 'audio';
  const isWhole =
    onlyMember(walk, ['realtimeInput', 'realtime_input'], () =>
      onlyMember(walk, ['audio', 'video', 'mediaChunks', 'media_chunks'], (name) => {
        field = name === 'audio' || name === 'video' ? name : 'chunk';
        const read = () => {
          blob = readBlob(walk);
          return blob !== null;
        };
        return field === 'chunk' && walk.isAtArray ? onlyItem(walk, read) : walk.isAtObject && read();
      }),
    ) && walk.isAtEnd;
  return isWhole
    ? toWhole(blob, (type) => (field === 'chunk' ? /^(?:image|video)\//i.test(type) : field === 'video'))
    : null;
}

/** One piece of sound in a turn of the model, and nothing beside it. */
export function readModelVoice(data: Buffer): WholeMedia | null {
  const walk = new JsonWalk(data);
  let blob: Blob | null = null;
  const part = () =>
    onlyMember(walk, ['inlineData'], () => {
      blob = readBlob(walk);
      return blob !== null;
    });
  const turn = () => {
    let parts = 0;
    return (
      walk.object((name) => {
        if (name === 'role') return walk.string() !== null;
        parts += 1;
        return name === 'parts' && onlyItem(walk, part);
      }) && parts === 1
    );
  };
  const isWhole = onlyMember(walk, ['serverContent'], () => onlyMember(walk, ['modelTurn'], turn)) && walk.isAtEnd;
  const whole = isWhole ? toWhole(blob, () => false) : null;
  // An avatar's pictures are no sound.
  return whole !== null && /^(?:audio\/|$)/i.test(whole.mimeType) ? whole : null;
}

interface Blob {
  readonly span: readonly [start: number, end: number];
  readonly mimeType: string;
}

function readBlob(walk: JsonWalk): Blob | null {
  let span: Blob['span'] | null = null;
  let mimeType: string | null = null;
  const isWhole = walk.object((name) => {
    if (name === 'data' && span === null) {
      span = walk.stringSpan();
      return span !== null;
    }
    if ((name !== 'mimeType' && name !== 'mime_type') || mimeType !== null) return false;
    mimeType = walk.string();
    return mimeType !== null;
  });
  return isWhole && span !== null ? { span, mimeType: mimeType ?? '' } : null;
}

function toWhole(blob: Blob | null, isPicture: (mimeType: string) => boolean): WholeMedia | null {
  if (blob === null) return null;
  const [start, end] = blob.span;
  return end - start < shortBytes ? null : { start, end, isPicture: isPicture(blob.mimeType), mimeType: blob.mimeType };
}

function onlyMember(walk: JsonWalk, names: readonly string[], value: (name: string) => boolean): boolean {
  let count = 0;
  if (!walk.isAtObject) return false;
  return walk.object((name) => {
    count += 1;
    return count === 1 && names.includes(name) && value(name);
  });
}

function onlyItem(walk: JsonWalk, item: () => boolean): boolean {
  let count = 0;
  return walk.array(() => {
    count += 1;
    return count === 1 && item();
  });
}
