import { type ComponentProps, type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

/** What an address of the studio shows. */
export type Route =
  | { readonly page: 'lobby' }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'history'; readonly roomId: string }
  | { readonly page: 'not-found' };

/** Reads the path of an address. */
export function parseRoute(path: string): Route {
  if (path === '/') return { page: 'lobby' };
  const [, id, tail] = /^\/rooms\/([A-Za-z0-9_-]{1,64})(\/history)?\/?$/.exec(path) ?? [];
  if (id === undefined) return { page: 'not-found' };
  return { page: tail === undefined ? 'room' : 'history', roomId: id };
}

/** Path of a room's page. */
export function roomPath(roomId: string): string {
  return `/rooms/${roomId}`;
}

/** Path of what was said in a room. */
export function historyPath(roomId: string): string {
  return `/rooms/${roomId}/history`;
}

/** Goes to another page of the studio without loading it anew. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  history[options.replace ? 'replaceState' : 'pushState'](null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
  scrollTo(0, 0);
}

/** The page to show now. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.pathname));
}

/** A link to another page of the studio. */
export function Link({ href, onClick, ...rest }: ComponentProps<'a'> & { href: string }): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (event.defaultPrevented || opensElsewhere) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} {...rest} onClick={follow} />;
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  return () => removeEventListener('popstate', listener);
}
