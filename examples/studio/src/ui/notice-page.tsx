import { type ReactNode, useEffect, useRef } from 'react';
import { BrandLink } from './brand.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import './notice-page.css';

interface NoticePageProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
  /** Buttons: the way on, then the way back. */
  readonly actions: ReactNode;
  readonly testId: string;
}

/** A whole page that says one thing and where to go from here. */
export function NoticePage({ icon, title, children, actions, testId }: NoticePageProps): ReactNode {
  const heading = useHeading(title);
  return (
    <div className="notice-page" data-testid={testId}>
      <header className="page-header">
        <BrandLink />
        <ThemeSwitch />
      </header>
      <main className="notice-main">
        <div className="notice-icon" aria-hidden="true">
          {icon}
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <div className="notice-text">{children}</div>
        <div className="notice-actions">{actions}</div>
      </main>
    </div>
  );
}

/** Names the browser's tab and puts the focus on the page's heading, as a newly loaded page would. */
export function useHeading(title: string): React.RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Knowledge Synthesizer Studio`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return heading;
}
