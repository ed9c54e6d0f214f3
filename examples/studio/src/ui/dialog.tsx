import { X } from 'lucide-react';
import { AlertDialog, Dialog as RadixDialog } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { Button } from './button.tsx';
import './dialog.css';
import './icon-button.css';

interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description: string;
  readonly children: ReactNode;
  /** Whoever opens it comes to write: its first field has the focus, not the button that closes it. */
  readonly isWritten?: boolean;
}

/** A window over the page; focus stays inside, Escape closes it, and the page gives the focus back. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  isWritten = false,
}: DialogProps): ReactNode {
  const content = useRef<HTMLDivElement>(null);
  const begin = (event: Event): void => {
    const field = isWritten ? content.current?.querySelector<HTMLElement>('input, textarea') : null;
    if (!field) return;
    event.preventDefault();
    field.focus();
  };
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="dialog-overlay" />
        <RadixDialog.Content ref={content} className="dialog" onOpenAutoFocus={begin}>
          <header className="dialog-header">
            <RadixDialog.Title className="dialog-title">{title}</RadixDialog.Title>
            {/* It gets the focus at first: a tip would open by itself, and take the first Escape. */}
            <RadixDialog.Close className="icon-button dialog-close" aria-label="Close">
              <X />
            </RadixDialog.Close>
          </header>
          <RadixDialog.Description className="dialog-description">{description}</RadixDialog.Description>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

interface ConfirmDialogProps extends Omit<DialogProps, 'children' | 'isWritten'> {
  /** What the button that does it says. */
  readonly action: string;
  readonly onConfirm: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  action,
  onConfirm,
}: ConfirmDialogProps): ReactNode {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="dialog-overlay" />
        <AlertDialog.Content className="dialog dialog-narrow" data-testid="confirm-dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-description">{description}</AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button variant="danger" onClick={onConfirm} data-testid="confirm">
                {action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
