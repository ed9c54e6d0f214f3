import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import type { LogEntry } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { ClientNumber, EpochStart } from '../ports/room-engine.ts';

/** A run of entries as it lies in the cold store, with what is needed to go on behind it. */
export interface Segment {
  /** Last number of each client that was active lately, this segment included. */
  readonly clients: readonly ClientNumber[];
  /** Every epoch up to the segment's end, oldest first. */
  readonly epochs: readonly EpochStart[];
  /** Contiguous, oldest first, at least one. */
  readonly entries: readonly LogEntry[];
}

interface SegmentHeader {
  readonly v: 1;
  readonly clients: readonly (readonly [participantId: string, clientId: string, n: number, ts: number])[];
  readonly epochs: readonly (readonly [epoch: number, firstSeq: number])[];
}

const compress = promisify(gzip);
const expand = promisify(gunzip);
/** A segment holds at most 500 entries or about 256 KiB; a stored one that grows beyond this is not one of ours. */
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;

/** What is smaller is compressed in well under a millisecond: less than a trip to another thread costs. */
const AT_ONCE_LENGTH = 16_384;

/** JSON lines, compressed: the header, then one line an entry. */
export async function encodeSegment({ clients, epochs, entries }: Segment): Promise<Uint8Array> {
  const header: SegmentHeader = {
    v: 1,
    clients: clients.map(({ participantId, clientId, n, ts }) => [participantId, clientId, n, ts]),
    epochs: epochs.map(({ epoch, firstSeq }) => [epoch, firstSeq]),
  };
  const text = [header, ...entries].map((line) => `${JSON.stringify(line)}\n`).join('');
  return text.length < AT_ONCE_LENGTH ? gzipSync(text) : compress(text);
}

/** @throws RoomCoreError `ERR_STORE_DAMAGED` naming the object when it is no segment of this version. */
export async function decodeSegment(name: string, bytes: Uint8Array): Promise<Segment> {
  try {
    const options = { maxOutputLength: MAX_SEGMENT_BYTES };
    const expanded = bytes.length < AT_ONCE_LENGTH / 8 ? gunzipSync(bytes, options) : await expand(bytes, options);
    const text = expanded.toString();
    const [first = '', ...lines] = text.trimEnd().split('\n');
    const header = JSON.parse(first) as SegmentHeader;
    if (header.v !== 1) throw new Error(`it has version ${header.v}`);
    return {
      clients: header.clients.map(([participantId, clientId, n, ts]) => ({ participantId, clientId, n, ts })),
      epochs: header.epochs.map(([epoch, firstSeq]) => ({ epoch, firstSeq })),
      entries: lines.map((line) => JSON.parse(line) as LogEntry),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RoomCoreError('ERR_STORE_DAMAGED', `The object ${name} is no segment of a log (${why}).`, { cause });
  }
}
