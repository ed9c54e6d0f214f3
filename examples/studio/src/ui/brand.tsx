import { type ReactNode, useId } from 'react';
import { Link } from '../router.tsx';
import './brand.css';

/** The studio's mark. */
export function BrandMark({ size = 32 }: { size?: number }): ReactNode {
  const gradient = useId();
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="brand-mark">
      <defs>
        <linearGradient id={gradient} x1="4" y1="4" x2="28" y2="28" gradientUnits="userSpaceOnUse">
          <stop stopColor="#12a594" />
          <stop offset=".55" stopColor="#4a63e0" />
          <stop offset="1" stopColor="#a04bd0" />
        </linearGradient>
      </defs>
      <rect width="32" height="32" rx="9" fill={`url(#${gradient})`} />
      <path d="M9 13.5v5M13.7 10v12M18.3 12.5v7M23 14.5v3" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}

/** Mark and name, leading to the lobby. */
export function BrandLink(): ReactNode {
  return (
    <Link href="/" className="brand-link" data-testid="brand">
      <BrandMark />
      <span className="brand-name">
        <span>Knowledge Synthesizer</span> Studio
      </span>
    </Link>
  );
}
