/**
 * Where the file of a worker lies: type stripping runs the source under development; the bundle has the worker beside
 * itself.
 *
 * @param source From `src/sqlite`, without its ending.
 * @param built In the published package, without its ending.
 */
export function workerFile(source: string, built: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `./${source}.ts` : `./${built}.js`, import.meta.url);
}
