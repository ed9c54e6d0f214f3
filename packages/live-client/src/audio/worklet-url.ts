/** The worklet files that this package ships in `@colloquy/live-client/worklets/`. */
export type WorkletFile = 'capture-worklet.js' | 'playback-worklet.js' | 'picture-worker.js';

/**
 * Where the worklet files are served: the URL of the folder that holds them, relative to the page, or a function from
 * file to URL for bundlers that rename files. Needed only under a content security policy whose `script-src` does not
 * allow `blob:`.
 */
export type WorkletUrl = string | URL | ((file: WorkletFile) => string | URL);

/**
 * @throws TypeError when the value cannot be the place of the worklet files.
 */
export function checkWorkletUrl(url: WorkletUrl | undefined): void {
  if (url === undefined || typeof url === 'function') return;
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new TypeError(`workletUrl is ${String(url)}; give the URL of a folder or a function from file to URL.`);
  }
  if (url === '' || /\.m?js$/.test(String(url))) {
    throw new TypeError(`workletUrl is "${url}"; give the folder that holds the worklet files, or a function.`);
  }
}

/** The URL of one of the files. */
export function workletFileUrl(workletUrl: WorkletUrl, file: WorkletFile): string {
  return String(typeof workletUrl === 'function' ? workletUrl(file) : inFolder(workletUrl, file));
}

function inFolder(folder: string | URL, file: WorkletFile): string {
  const path = String(folder);
  return path.endsWith('/') ? path + file : `${path}/${file}`;
}
