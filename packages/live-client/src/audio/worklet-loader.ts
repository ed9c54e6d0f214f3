import { withDeadline } from '../deadline.ts';
import { LiveClientError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import { type WorkletFile, type WorkletUrl, workletFileUrl } from './worklet-url.ts';

/**
 * A few kilobytes on a slow network, milliseconds. An engine whose audio thread hangs never answers.
 */
const LOAD_DEADLINE_MS = 20_000;

/** Which worklet, as a file and as text. */
export interface WorkletModule {
  readonly file: WorkletFile;
  /** Loads the text. It is a chunk of its own: a page that has the files, or never makes a sound, does not load it. */
  readonly loadSource: () => Promise<{ readonly default: string }>;
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
  const loading = withDeadline(
    workletUrl === undefined ? loadInline(context, module) : loadFile(context, module, workletUrl),
    LOAD_DEADLINE_MS,
    () =>
      new LiveClientError('ERR_WORKLET_LOAD', `${module.file} was not loaded within ${LOAD_DEADLINE_MS / 1_000} s.`, {
        hint: 'Try again: the network may be slow. Where it happens again, the audio of this browser hangs: start it anew.',
        retryable: true,
      }),
  );
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
  const { default: source } = await loadPart(file, loadSource);
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
