import { Bug } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button, ButtonLink } from './button.tsx';
import { NoticePage } from './notice-page.tsx';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly error: Error | null;
}

/** Shows a page instead of nothing when a component fails. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error };
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo): void {
    console.error(error, componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <NoticePage
        icon={<Bug />}
        title="This page stopped working"
        testId="crashed"
        actions={
          <>
            <Button variant="primary" onClick={() => location.reload()}>
              Load it again
            </Button>
            <ButtonLink href="/" onClick={() => this.setState({ error: null })}>
              Back to the rooms
            </ButtonLink>
          </>
        }
      >
        <p>That is our mistake, not yours. Nothing you said is lost: the room keeps it.</p>
        <p className="notice-detail">{error.message}</p>
      </NoticePage>
    );
  }
}
