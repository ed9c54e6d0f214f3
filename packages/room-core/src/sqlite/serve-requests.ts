import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, StoreOutcome, ToWorker } from './worker-wire.ts';

/** Most requests of one transaction. */
const MAX_BATCH = 64;

/** What a worker serves. */
export interface Served<Request> {
  /** Answers a batch, one outcome each. */
  execute(requests: readonly Request[]): readonly StoreOutcome[];
  /** More waits already; it is answered next. */
  onMore?(): void;
  /** Everything is answered. */
  onIdle?(): void;
  /** Everything is answered, and nothing follows. */
  close(): void;
}

/** Answers what comes through `port`, in order and in batches, until it is asked to close. */
export function serveRequests<Request>(port: MessagePort, served: Served<Request>): { readonly isBusy: boolean } {
  const waiting: { readonly id: number; readonly request: Request }[] = [];
  let isBusy = false;
  let isClosing = false;
  const send = (message: FromWorker) => port.postMessage(message);

  const drain = () => {
    const batch = waiting.splice(0, MAX_BATCH);
    if (batch.length > 0) {
      const outcomes = served.execute(batch.map(({ request }) => request));
      send({ type: 'outcomes', outcomes: batch.map(({ id }, index) => [id, outcomes[index] ?? lost] as const) });
    }
    if (waiting.length > 0) {
      served.onMore?.();
      setImmediate(drain);
      return;
    }
    isBusy = false;
    if (!isClosing) {
      served.onIdle?.();
      return;
    }
    served.close();
    send({ type: 'closed' });
    port.close();
  };

  port.on('message', (message: ToWorker<Request>) => {
    if (message.type === 'close') isClosing = true;
    else waiting.push(message);
    if (isBusy) return;
    isBusy = true;
    // Whatever has arrived until the next turn of the loop goes into the same commit; while that one waits for the disk,
    // the next batch gathers. So a lone append does not wait, and a burst shares its syncs.
    setImmediate(drain);
  });
  return {
    get isBusy() {
      return isBusy;
    },
  };
}

const lost = { ok: false, code: 'ERR_STORE_UNAVAILABLE', message: 'The database gave no answer.' } as const;
