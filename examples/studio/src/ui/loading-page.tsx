import { ServerOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { BrandMark } from './brand.tsx';
import { Button } from './button.tsx';
import { NoticePage } from './notice-page.tsx';
import './loading-page.css';

/** Shown until the server has said who this browser is. */
export function LoadingPage(): ReactNode {
  return (
    <main className="loading-page" aria-busy="true" data-testid="loading">
      <BrandMark size={48} />
      <h1 className="visually-hidden">Loading</h1>
    </main>
  );
}

/** Shown when the server does not answer at all. */
export function OfflinePage({ problem, onRetry }: { problem: string; onRetry: () => void }): ReactNode {
  return (
    <NoticePage
      icon={<ServerOff />}
      title="The studio does not answer"
      actions={
        <Button variant="primary" onClick={onRetry} data-testid="retry">
          Try again
        </Button>
      }
      testId="offline"
    >
      <p>{problem}</p>
    </NoticePage>
  );
}
