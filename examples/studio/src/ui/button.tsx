import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import { Link } from '../router.tsx';
import './button.css';

/** How much a button wants to be pressed. */
export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';

interface ButtonLook {
  readonly variant?: ButtonVariant;
  readonly size?: 'sm' | 'md' | 'lg';
  /** Drawn before the text. */
  readonly icon?: ReactNode;
}

interface ButtonProps extends ButtonLook, ComponentProps<'button'> {
  /** What it does goes on: it keeps the focus, and pressing it again does nothing, nor does Enter in its form. */
  readonly isBusy?: boolean;
}

/** A button with text, and an icon where it helps. */
export function Button({ variant, size, icon, children, className, isBusy = false, ...rest }: ButtonProps): ReactNode {
  const busy = isBusy ? { 'aria-disabled': true, onClick: ignore } : {};
  return (
    <button type="button" {...rest} {...busy} className={classNames(variant, size, className)}>
      {icon}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  variant,
  size,
  icon,
  children,
  className,
  ...rest
}: ButtonLook & ComponentProps<typeof Link>): ReactNode {
  return (
    <Link {...rest} className={classNames(variant, size, className)}>
      {icon}
      {children}
    </Link>
  );
}

function ignore(event: MouseEvent): void {
  event.preventDefault();
}

function classNames(variant: ButtonVariant = 'secondary', size: 'sm' | 'md' | 'lg' = 'md', extra = ''): string {
  return `button button-${variant} button-${size} ${extra}`.trimEnd();
}
