import { loadPart } from '../load-part.ts';
import type { WorkletModule } from './worklet-loader.ts';
import { type WorkletUrl, workletFileUrl } from './worklet-url.ts';

/**
 * Makes a worker of a file, or of its text where nobody said where the files are.
 *
 * @param begin - settles when the worker has answered: then it needs its address no more.
 * @throws what `begin` throws, {@link LiveClientError} `ERR_WORKLET_LOAD` where the text is not there, or the error of a browser
 * that makes no worker here.
 */
export async function openWorker<Opened>(
  { file, loadSource }: WorkletModule,
  workletUrl: WorkletUrl | undefined,
  begin: (worker: Worker) => Promise<Opened>,
): Promise<Opened> {
  if (workletUrl !== undefined) return begin(new Worker(workletFileUrl(workletUrl, file)));
  const { default: source } = await loadPart(file, loadSource);
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return await begin(new Worker(url));
  } finally {
    URL.revokeObjectURL(url);
  }
}
