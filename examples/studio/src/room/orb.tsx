import type { ModelStatus } from '@colloquy/live-protocol';
import type { CSSProperties, ReactNode } from 'react';
import './orb.css';

interface OrbProps {
  readonly status: ModelStatus;
  /** Loudness of its voice, 0 to 1. */
  readonly level?: number;
  readonly className?: string;
}

/** The model's face: calm while it listens, turning while it thinks, moving with its voice while it speaks. */
export function Orb({ status, level = 0, className = '' }: OrbProps): ReactNode {
  return (
    <span
      className={`orb ${className}`}
      data-status={status}
      style={{ '--level': level } as CSSProperties}
      aria-hidden="true"
    >
      <span className="orb-halo" />
      <span className="orb-body" />
    </span>
  );
}
