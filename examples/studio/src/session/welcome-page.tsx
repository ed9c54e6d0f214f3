import { type ReactNode, useId } from 'react';
import type { StudioInfo } from '../api/session.ts';
import { Orb } from '../room/orb.tsx';
import { BrandLink } from '../ui/brand.tsx';
import { ModelNote } from '../ui/model-note.tsx';
import { useHeading } from '../ui/notice-page.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { NameForm } from './name-form.tsx';
import './welcome-page.css';

interface WelcomePageProps {
  /** Whether an invite link led here. */
  readonly invited: boolean;
  readonly studio: StudioInfo;
  readonly onIntroduce: (name: string) => Promise<void>;
}

/** Greets a stranger and asks for a name; nothing else is needed to take part. */
export function WelcomePage({ invited, studio, onIntroduce }: WelcomePageProps): ReactNode {
  const title = invited ? 'You are invited to a room' : 'Think aloud, together';
  const heading = useHeading('Welcome');
  const formTitle = useId();
  return (
    <div className="welcome" data-testid="welcome">
      <header className="page-header">
        <BrandLink />
        <ThemeSwitch />
      </header>
      <main className="welcome-main">
        <Orb status="listening" className="welcome-orb" />
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p className="welcome-lead">
          Several people and one live AI model in the same room: everybody talks, shows and writes, and the transcript
          says who said what.
        </p>
        <section className="welcome-card" aria-labelledby={formTitle}>
          <h2 id={formTitle} className="visually-hidden">
            Introduce yourself
          </h2>
          <NameForm action={invited ? 'Join the room' : 'Continue'} onSubmit={onIntroduce} />
        </section>
        <p className="welcome-small">No account. The name is kept in a cookie on this device.</p>
        <ModelNote studio={studio} />
      </main>
    </div>
  );
}
