import type { CSSProperties, ReactNode } from 'react';
import { Toaster } from 'sonner';
// The library would add this as a style element, which the content security policy refuses (see vite.config.ts).
import 'sonner/dist/styles.css';
import './toasts.css';

/** Most messages fit one line so, in the height of a room's header, and leave the banners below it free. */
const WIDE = { '--width': '28rem' } as CSSProperties;

/** Where short messages appear. */
export function Toasts(): ReactNode {
  return <Toaster position="top-center" gap={8} offset={6} style={WIDE} toastOptions={{ className: 'toast' }} />;
}
