/** Google's SDKs append their own path to the base URL, with one slash or two, for both backends and Firebase. */
const geminiPath = /^\/+ws\/google\.[\w.]+[./]BidiGenerateContent(?:Constrained)?(?:\/.*)?$/;

/**
 * A mount path without the slash at its end; the root is empty.
 *
 * @throws TypeError
 */
export function checkMountPath(path: unknown): string {
  if (typeof path !== 'string' || !/^\/[^\s?#]*$/.test(path)) {
    throw new TypeError(`path ${JSON.stringify(path)} is not a mount path; write one such as "/live".`);
  }
  return path.replace(/\/+$/, '');
}

/**
 * What a path is to a mount: `gemini` is the mount path itself or one of Gemini's paths below it, `unknown` is another one
 * below it, `foreign` is somebody else's. At the root, everything that is not Gemini's is somebody else's.
 */
export function classifyPath(mount: string, pathname: string): 'gemini' | 'unknown' | 'foreign' {
  if (mount !== '' && pathname !== mount && !pathname.startsWith(`${mount}/`)) return 'foreign';
  const rest = pathname.slice(mount.length);
  if (/^\/*$/.test(rest) || geminiPath.test(rest)) return 'gemini';
  return mount === '' ? 'foreign' : 'unknown';
}
