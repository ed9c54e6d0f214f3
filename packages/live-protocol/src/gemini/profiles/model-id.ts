/** The id in a resource name: `models/x`, `publishers/google/models/x`, `projects/…/models/x` and `x` are all `x`. */
export function modelId(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
