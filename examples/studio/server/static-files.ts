import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { contentSecurityPolicy } from './security-headers.ts';

/** What stands in the built page where a fresh nonce goes. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';

interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same, compressed; `null` where that gains nothing. */
  readonly gzipped: Buffer | null;
  readonly etag: string;
  readonly cacheControl: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * The built front end, held in memory: a request can only ask for a path that existed at start, so none leads out of
 * the folder, and a build that runs meanwhile cannot mix two versions.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;
  readonly #page: string;

  private constructor(files: ReadonlyMap<string, StaticFile>, page: string) {
    this.#files = files;
    this.#page = page;
  }

  /** Reads every file of `directory`, which must have an `index.html`. */
  static async load(directory: string): Promise<StaticFiles> {
    const page = await readFile(join(directory, 'index.html'), 'utf8').catch((cause) => {
      throw new Error(`There is no built front end in ${directory}. Run "npm run build" first.`, { cause });
    });
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const files = await Promise.all(
      paths.map(async (path): Promise<[string, StaticFile]> => {
        const url = `/${relative(directory, path).split(sep).join('/')}`;
        return [url, await toStaticFile(url, await readFile(path))];
      }),
    );
    return new StaticFiles(new Map(files.filter(([url]) => url !== '/index.html')), page);
  }

  /** Answers with the file at `path`; `false` when there is none. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    const headers = { 'cache-control': file.cacheControl, etag: file.etag, vary: 'accept-encoding' };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const compressed = file.gzipped !== null && /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
    const bytes = compressed && file.gzipped !== null ? file.gzipped : file.bytes;
    response.writeHead(200, {
      ...headers,
      'content-type': file.type,
      'content-length': bytes.byteLength,
      'content-security-policy': contentSecurityPolicy(null),
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return true;
  }

  /** Answers with the page of the app, which finds out from the address what to show. */
  handlePage(request: IncomingMessage, response: ServerResponse, status: number): void {
    const nonce = randomBytes(16).toString('base64');
    const bytes = Buffer.from(this.#page.replaceAll(NONCE_PLACEHOLDER, nonce));
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': bytes.byteLength,
      'cache-control': 'no-cache',
      'content-security-policy': contentSecurityPolicy(nonce),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
}

async function toStaticFile(url: string, bytes: Buffer): Promise<StaticFile> {
  const type = TYPES[extname(url)] ?? 'application/octet-stream';
  const gzipped = /^text|json|svg|wasm/.test(type)
    ? await compress(bytes, { level: constants.Z_BEST_COMPRESSION })
    : null;
  return {
    type,
    bytes,
    gzipped: gzipped !== null && gzipped.byteLength < bytes.byteLength * 0.9 ? gzipped : null,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    // The build puts a hash of the content into the name of everything below /assets.
    cacheControl: url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

const compress = promisify<Buffer, { level: number }, Buffer>(gzip);
