import { Tooltip } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import './icon-button.css';

interface IconButtonProps extends ComponentProps<'button'> {
  /** Name of the button: read aloud, and shown while the pointer rests on it. */
  readonly label: string;
  /** Longer words for the tip, where the name alone does not say why. */
  readonly tip?: string;
  readonly tipSide?: 'top' | 'bottom' | 'left' | 'right';
}

/** A button that shows only an icon. */
export function IconButton({
  label,
  tip,
  tipSide = 'top',
  className = '',
  children,
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <Tip text={tip ?? label} side={tipSide}>
      <button type="button" aria-label={label} {...rest} className={`icon-button ${className}`}>
        {children}
      </button>
    </Tip>
  );
}

/** Words that appear beside something while the pointer or the focus rests on it. */
export function Tip({
  text,
  side = 'top',
  children,
}: {
  text: string;
  side?: IconButtonProps['tipSide'];
  children: ReactNode;
}): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" side={side} sideOffset={8} collisionPadding={8}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
