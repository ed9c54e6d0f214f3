import type { LiveClientError } from '@colloquy/live-client';
import { DoorClosed, LockKeyhole, SearchX, Tags, Unplug, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { historyPath } from '../router.tsx';
import { NameForm } from '../session/name-form.tsx';
import { useSession } from '../session/session.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { NoticePage } from '../ui/notice-page.tsx';
import { describeJoinProblem, type JoinProblem } from './join-problem.ts';

interface JoinProblemPageProps {
  readonly roomId: string;
  readonly error: LiveClientError | null;
  readonly onRetry: () => void;
}

const ICONS: Readonly<Record<JoinProblem['kind'], ReactNode>> = {
  closed: <DoorClosed />,
  unknown: <SearchX />,
  'not-allowed': <LockKeyhole />,
  stranger: <UserRound />,
  replaced: <Tags />,
  other: <Unplug />,
};

/** Why the door stays shut, the way on where there is one, and always the way back. */
export function JoinProblemPage({ roomId, error, onRetry }: JoinProblemPageProps): ReactNode {
  const problem = describeJoinProblem(error);
  return (
    <NoticePage
      icon={ICONS[problem.kind]}
      title={problem.title}
      testId={`join-problem-${problem.kind}`}
      actions={
        <>
          {problem.action === 'history' && (
            <ButtonLink href={historyPath(roomId)} variant="primary" data-testid="read-history">
              Read the conversation
            </ButtonLink>
          )}
          {problem.action === 'retry' && (
            <Button variant="primary" onClick={onRetry} data-testid="retry">
              {problem.kind === 'replaced' ? 'Use this tab' : 'Try again'}
            </Button>
          )}
          <ButtonLink href="/" variant={problem.action === null ? 'primary' : 'secondary'} data-testid="back-to-lobby">
            Back to the rooms
          </ButtonLink>
        </>
      }
    >
      <p>{problem.text}</p>
      {problem.detail !== '' && <p className="notice-detail">{problem.detail}</p>}
      {problem.action === 'introduce' && <IntroduceAgain onDone={onRetry} />}
    </NoticePage>
  );
}

function IntroduceAgain({ onDone }: { onDone: () => void }): ReactNode {
  const { session, introduce } = useSession();
  const submit = async (name: string): Promise<void> => {
    await introduce(name);
    onDone();
  };
  return <NameForm name={session.name} action="Join again" onSubmit={submit} />;
}
