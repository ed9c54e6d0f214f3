/** Moments at which it is worth looking at the connection. */
export interface NetworkHints {
  /** Calls `listener` when the network or the page comes back; returns its undo. */
  subscribe(listener: (hint: NetworkHint) => void): () => void;
}

/** The network came back or went away, or the page became visible again. */
export type NetworkHint = 'online' | 'offline' | 'visible';

/** Hints from the page's own events; none where there is no page. */
export function pageNetworkHints(): NetworkHints {
  return {
    subscribe: (listener) => {
      const online = () => listener('online');
      const offline = () => listener('offline');
      const visibility = () => {
        if (document.visibilityState === 'visible') listener('visible');
      };
      const page = typeof window === 'undefined' ? null : window;
      const view = typeof document === 'undefined' ? null : document;
      page?.addEventListener('online', online);
      page?.addEventListener('offline', offline);
      view?.addEventListener('visibilitychange', visibility);
      return () => {
        page?.removeEventListener('online', online);
        page?.removeEventListener('offline', offline);
        view?.removeEventListener('visibilitychange', visibility);
      };
    },
  };
}
