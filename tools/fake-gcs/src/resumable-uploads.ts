import { randomUUID } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { ObjectFields } from './object-store.ts';
import type { Preconditions } from './preconditions.ts';

/** An upload in several requests. */
export interface ResumableUpload {
  readonly bucket: string;
  readonly name: string;
  readonly fields: ObjectFields;
  readonly conditions: Preconditions;
  bytes: Buffer;
}

/** Chunks that are not the last must be multiples of this. */
const CHUNK_BYTES = 256 * 1024;

/** Uploads that have begun and not ended. */
export class ResumableUploads {
  readonly #uploads = new Map<string, ResumableUpload>();

  /** @returns the id of the upload. */
  begin(upload: Omit<ResumableUpload, 'bytes'>): string {
    const id = randomUUID();
    this.#uploads.set(id, { ...upload, bytes: Buffer.alloc(0) });
    return id;
  }

  /** @throws ApiError 404 */
  get(id: string): ResumableUpload {
    const upload = this.#uploads.get(id);
    if (!upload) throw new ApiError(404, 'notFound', 'No such upload session');
    return upload;
  }

  end(id: string): void {
    this.#uploads.delete(id);
  }

  /**
   * Takes one chunk, placed by its `Content-Range`; bytes that came before are skipped.
   *
   * @returns whether the upload is whole now.
   * @throws ApiError 400, 404
   */
  take(id: string, contentRange: string | undefined, chunk: Buffer): boolean {
    const upload = this.get(id);
    if (contentRange === undefined) {
      upload.bytes = chunk;
      return true;
    }
    const query = /^bytes \*\/(\*|\d+)$/.exec(contentRange);
    if (query) return Number(query[1]) === upload.bytes.length;
    const [, from = '', to, total = ''] = /^bytes (\d+)-(\d+|\*)\/(\*|\d+)$/.exec(contentRange) ?? [];
    if (from === '') throw new ApiError(400, 'invalid', `Invalid Content-Range: ${contentRange}`);
    const start = Number(from);
    if (start > upload.bytes.length) {
      throw new ApiError(400, 'invalid', `Content-Range starts at ${start}; ${upload.bytes.length} bytes are stored`);
    }
    const added = chunk.subarray(upload.bytes.length - start);
    const end = upload.bytes.length + added.length;
    const last = to === '*' || (total !== '*' && Number(total) === end);
    if (!last && chunk.length % CHUNK_BYTES !== 0) {
      throw new ApiError(400, 'invalid', `A chunk that is not the last must be a multiple of ${CHUNK_BYTES} bytes`);
    }
    upload.bytes = Buffer.concat([upload.bytes, added]);
    return last;
  }
}
