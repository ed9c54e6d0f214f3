import type { ReactNode } from 'react';
import { Toaster } from 'sonner';
// The library would add this as a style element, which the content security policy refuses (see vite.config.ts).
import 'sonner/dist/styles.css';
import './toasts.css';

/** Where short messages appear. */
export function Toasts(): ReactNode {
  return <Toaster position="top-center" gap={8} offset={16} toastOptions={{ className: 'toast' }} />;
}
