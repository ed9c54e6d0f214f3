import { Compass } from 'lucide-react';
import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import type { StudioInfo } from './api/session.ts';
import { HistoryPage } from './history/history-page.tsx';
import { Lobby } from './lobby/lobby.tsx';
import { RoomPage } from './room/room-page.tsx';
import { useRoute } from './router.tsx';
import { type KnownSession, SessionContext, useSessionState } from './session/session.ts';
import { WelcomePage } from './session/welcome-page.tsx';
import { ButtonLink } from './ui/button.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { useKeptFocus } from './ui/kept-focus.ts';
import { LoadingPage, OfflinePage } from './ui/loading-page.tsx';
import { NoticePage } from './ui/notice-page.tsx';
import { Toasts } from './ui/toasts.tsx';

/** Knowledge Synthesizer Studio: who you are, then the page that the address names. */
export function Studio(): ReactNode {
  useKeptFocus();
  return (
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <ErrorBoundary>
        <Introduced />
      </ErrorBoundary>
      <Toasts />
    </Tooltip.Provider>
  );
}

function Introduced(): ReactNode {
  const { state, retry, introduce, forget } = useSessionState();
  const route = useRoute();
  switch (state.status) {
    case 'loading':
      return <LoadingPage />;
    case 'failed':
      return <OfflinePage problem={state.problem} onRetry={retry} />;
    case 'stranger':
      return <WelcomePage invited={route.page === 'room'} studio={state.studio} onIntroduce={introduce} />;
    case 'known':
      return (
        <SessionContext value={{ ...state, introduce, forget } satisfies KnownSession & { studio: StudioInfo }}>
          <Page />
        </SessionContext>
      );
    default:
      return state satisfies never;
  }
}

function Page(): ReactNode {
  const route = useRoute();
  switch (route.page) {
    case 'lobby':
      return <Lobby />;
    case 'room':
      return <RoomPage key={route.roomId} roomId={route.roomId} />;
    case 'history':
      return <HistoryPage key={route.roomId} roomId={route.roomId} />;
    case 'not-found':
      return (
        <NoticePage
          icon={<Compass />}
          title="There is nothing here"
          actions={
            <ButtonLink href="/" variant="primary">
              Go to the rooms
            </ButtonLink>
          }
          testId="not-found"
        >
          <p>The address may be mistyped, or it is from an older link.</p>
        </NoticePage>
      );
    default:
      return route satisfies never;
  }
}
