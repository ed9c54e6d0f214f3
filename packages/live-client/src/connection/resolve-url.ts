/**
 * The WebSocket URL for what a caller gave: `ws:`, `wss:`, `http:` and `https:` URLs, or a path on the page's own host.
 *
 * @param base - URL of the page; absent outside a browser.
 * @throws TypeError when it is not a URL of these kinds, or a path without a page.
 */
export function resolveSocketUrl(url: string, base: string | undefined = pageUrl()): string {
  let resolved: URL;
  try {
    resolved = new URL(url, base);
  } catch (cause) {
    throw new TypeError(
      base === undefined
        ? `"${url}" is not an absolute URL; outside a page give one that starts with ws:// or wss://.`
        : `"${url}" is not a URL; give a path such as "/rooms/abc" or a URL that starts with wss://.`,
      { cause },
    );
  }
  const protocol = socketProtocols[resolved.protocol];
  if (protocol === undefined) {
    throw new TypeError(`"${url}" has the scheme "${resolved.protocol}"; give ws:, wss:, http: or https:.`);
  }
  resolved.protocol = protocol;
  // A WebSocket URL has no fragment: browsers refuse it.
  resolved.hash = '';
  return resolved.href;
}

const socketProtocols: Readonly<Record<string, string | undefined>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

function pageUrl(): string | undefined {
  return typeof location === 'undefined' ? undefined : location.href;
}
