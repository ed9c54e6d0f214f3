import { LiveProxyError } from '../errors.ts';

const modelId = /^[A-Za-z0-9][\w.-]*$/;
const resourceName = /^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/)?models\/([^/]+)$/;

/**
 * The id in a model's resource name of either backend: `models/x`, `publishers/google/models/x`,
 * `projects/p/locations/l/publishers/google/models/x` and plain `x` are all `x`.
 *
 * @throws {@link LiveProxyError} `ERR_SETUP_INVALID`
 */
export function modelIdOf(model: string): string {
  const id = resourceName.exec(model)?.[1] ?? model;
  if (!modelId.test(id)) {
    throw new LiveProxyError(
      'ERR_SETUP_INVALID',
      `setup.model ${JSON.stringify(model)} is not a model; write an id or "models/<id>", such as "models/gemini-3.8-live".`,
    );
  }
  return id;
}
