import type * as Actual from '../../src/wire/wire-socket.ts';

/** What stands in borrowed bytes once they are not to be read any more: no JSON, and no UTF-8. */
export const poison = 0xdd;

/**
 * The module of the sockets with all that it lends destroyed as soon as it is to be given back: bytes that are borrowed are
 * overwritten, and whoever looks at a passage that was kept gets a TypeError.
 */
export function poisonedSockets(actual: typeof Actual): typeof Actual {
  class WireSocket extends actual.WireSocket {
    readonly #isBorrowing: boolean;

    constructor(...options: ConstructorParameters<typeof Actual.WireSocket>) {
      super(...options);
      this.#isBorrowing = options[2].isBorrowing;
    }

    override listen(handlers: Parameters<Actual.WireSocket['listen']>[0]): void {
      super.listen({
        message: (data, isBinary, passage) => {
          const lent = this.#isBorrowing ? Buffer.from(data) : data;
          const { proxy, revoke } = Proxy.revocable(passage as NonNullable<typeof passage>, {});
          handlers.message(lent, isBinary, proxy);
          revoke();
          if (this.#isBorrowing) lent.fill(poison);
        },
        drain: () => handlers.drain?.(),
        pong: (mark) => handlers.pong?.(mark),
        fault: (fault) => handlers.fault?.(fault),
        close: (closure) => handlers.close(closure),
      });
    }
  }
  return { ...actual, WireSocket };
}
