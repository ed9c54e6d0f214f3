import type { GuestSession } from './sessions.ts';

/** A header of a request; `null` where it has none of that name. */
export type HeaderReader = (name: string) => string | null;

/** Tells who a browser is. */
export interface Visitors {
  /**
   * @returns `null` for a stranger.
   * @throws what keeps it from knowing, such as keys that cannot be fetched.
   */
  identify(header: HeaderReader): Promise<GuestSession | null>;
}

/** Who a request is said to be from, and by whom. */
export type AuthSettings =
  /** A guest picks a name, which is kept in a signed cookie. */
  | { readonly kind: 'guest' }
  /** Google's Identity-Aware Proxy stands in front and has signed people in. */
  | {
      readonly kind: 'iap';
      /** Whom the proxy's tokens have to be for, such as `/projects/123/locations/europe-west1/services/studio`. */
      readonly audience: string;
      /** Where the proxy's public keys are. @defaultValue Google's */
      readonly keysUrl?: string;
    };
