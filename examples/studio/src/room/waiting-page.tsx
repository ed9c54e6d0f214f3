import { Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { ButtonLink } from '../ui/button.tsx';
import { NoticePage } from '../ui/notice-page.tsx';
import { ordinal } from './floor-words.ts';

/** Before the door of a room whose host lets people in one by one. */
export function WaitingPage({ position }: { position: number }): ReactNode {
  return (
    <NoticePage
      icon={<Hourglass />}
      title="A host will let you in"
      testId="waiting"
      actions={
        <ButtonLink href="/" data-testid="back-to-lobby">
          Do not wait
        </ButtonLink>
      }
    >
      <p role="status" data-testid="waiting-position" data-position={position}>
        {position === 1 ? 'You are the next.' : `You are the ${ordinal(position)} in line.`} Keep this page open: you
        come in by yourself.
      </p>
    </NoticePage>
  );
}
