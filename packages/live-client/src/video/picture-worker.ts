// Runs in a worker. A thin shell: what it does is in the engine, which the page can run itself.
import { PictureEngine } from './picture-engine.ts';
import type { PictureWorkerAnswer, PictureWorkerRequest } from './picture-jobs.ts';

interface WorkerScope {
  onmessage: ((event: MessageEvent<PictureWorkerRequest>) => void) | null;
  postMessage(message: PictureWorkerAnswer, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const engine = new PictureEngine();

scope.onmessage = ({ data: { id, job } }) => {
  engine.run(job).then(
    (result) => {
      const bytes = result instanceof Uint8Array ? result : result?.bytes;
      scope.postMessage({ id, result }, bytes ? [bytes.buffer] : []);
    },
    (error: unknown) => scope.postMessage({ id, error: String(error) }, []),
  );
};
