import type { ReactNode } from 'react';
import { BrandMark } from './brand.tsx';
import { hueOf, initialsOf } from './person.ts';
import './avatar.css';

interface AvatarProps {
  readonly participantId: string;
  readonly name: string;
  readonly size?: 'sm' | 'md' | 'lg';
}

/** A person's letters in their colour, or the model's mark. The name stands beside it, so it is hidden from readers. */
export function Avatar({ participantId, name, size = 'md' }: AvatarProps): ReactNode {
  return (
    <span className={`avatar avatar-${size}`} data-hue={hueOf(participantId)} aria-hidden="true">
      {participantId === 'model' ? <BrandMark size={24} /> : initialsOf(name)}
    </span>
  );
}
