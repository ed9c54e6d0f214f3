import { LiveClientError } from './errors.ts';

/**
 * Loads a part of this package that a page needs only once it uses sound.
 *
 * @param what - names it, for the error.
 * @throws {@link LiveClientError} `ERR_WORKLET_LOAD`
 */
export async function loadPart<Part>(what: string, load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    throw new LiveClientError('ERR_WORKLET_LOAD', `The script that holds ${what} could not be loaded.`, {
      cause,
      hint: 'Load the page again: its files may have been replaced on the server, or the network was gone.',
      retryable: true,
    });
  }
}
