import { LiveClientError } from '../errors.ts';

/** The worklet files that this package ships in `@colloquy/live-client/worklets/`. */
export type WorkletFile = 'capture-worklet.js' | 'playback-worklet.js' | 'picture-worker.js';

/**
 * Where the worklet files are served: the URL of the folder that holds them, relative to the page, or a function from
 * file to URL for bundlers that rename files. Needed only under a content security policy whose `script-src` does not
 * allow `blob:`.
 */
export type WorkletUrl = string | URL | ((file: WorkletFile) => string | URL);

/** Which worklet, as a file and as text. */
export interface WorkletModule {
  readonly file: WorkletFile;
  /** Loads the text. It is a chunk of its own: a page that has the files, or never makes a sound, does not load it. */
  readonly loadSource: () => Promise<{ readonly default: string }>;
}

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

// A module is added to a context once; a context that is gone takes its entry along.
const loaded = /* @__PURE__ */ new WeakMap<BaseAudioContext, Map<WorkletFile, Promise<void>>>();

/**
 * Makes the worklet's processor known to the context.
 *
 * @throws {@link LiveClientError} `ERR_WORKLET_LOAD`
 */
export function loadWorklet(
  context: BaseAudioContext,
  module: WorkletModule,
  workletUrl: WorkletUrl | undefined,
): Promise<void> {
  const modules = loaded.get(context) ?? new Map<WorkletFile, Promise<void>>();
  loaded.set(context, modules);
  const known = modules.get(module.file);
  if (known) return known;
  const loading = workletUrl === undefined ? loadInline(context, module) : loadFile(context, module, workletUrl);
  modules.set(module.file, loading);
  // A failed attempt may be repeated: the file may be there the next time.
  loading.catch(() => modules.delete(module.file));
  return loading;
}

async function loadFile(context: BaseAudioContext, { file }: WorkletModule, workletUrl: WorkletUrl): Promise<void> {
  const url = workletFileUrl(workletUrl, file);
  try {
    await context.audioWorklet.addModule(url);
  } catch (cause) {
    throw new LiveClientError('ERR_WORKLET_LOAD', `The audio worklet could not be loaded from ${url}.`, {
      cause,
      hint: `Serve ${file} of @colloquy/live-client/worklets at that address as JavaScript, and allow it in script-src.`,
    });
  }
}

async function loadInline(context: BaseAudioContext, { file, loadSource }: WorkletModule): Promise<void> {
  const source = await textOf(file, loadSource);
  const blobUrl = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    await context.audioWorklet.addModule(blobUrl);
  } catch (blobFailure) {
    try {
      // A policy may allow data: where it does not allow blob:.
      await context.audioWorklet.addModule(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
    } catch {
      // The first failure says the same and is the one that matters.
      throw new LiveClientError('ERR_WORKLET_LOAD', 'The inline audio worklet could not be loaded.', {
        cause: blobFailure,
        hint: `Allow blob: in script-src of the content security policy, or serve ${file} yourself and set workletUrl.`,
      });
    }
  } finally {
    URL.revokeObjectURL(blobUrl);
  }
}

async function textOf(file: WorkletFile, loadSource: WorkletModule['loadSource']): Promise<string> {
  try {
    return (await loadSource()).default;
  } catch (cause) {
    throw new LiveClientError('ERR_WORKLET_LOAD', `The script that holds ${file} could not be loaded.`, {
      cause,
      hint: 'Load the page again: its files may have been replaced on the server, or the network was gone.',
      retryable: true,
    });
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
