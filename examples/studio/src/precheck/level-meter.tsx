import type { CSSProperties, ReactNode } from 'react';
import { toVisibleLevel } from '../room/model-tile.tsx';

/** A bar that moves with a voice. It shows what the words beside it say, so it says nothing by itself. */
export function LevelMeter({ level }: { level: number }): ReactNode {
  return (
    <div
      className="level-meter"
      aria-hidden="true"
      data-testid="level-meter"
      data-level={level}
      style={{ '--level': toVisibleLevel(level) } as CSSProperties}
    />
  );
}
