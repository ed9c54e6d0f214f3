import { ChevronDown, LogOut, Pencil } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { NameForm } from '../session/name-form.tsx';
import { useSession } from '../session/session.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Dialog } from '../ui/dialog.tsx';
import '../ui/menu.css';

/** Who you are here: change the name, or be forgotten. */
export function GuestMenu(): ReactNode {
  const { session, studio, introduce, forget } = useSession();
  const [renaming, setRenaming] = useState(false);
  const rename = async (name: string): Promise<void> => {
    await introduce(name);
    setRenaming(false);
  };
  const who = (
    <>
      <Avatar participantId={session.participantId} name={session.name} size="sm" />
      <span className="guest-menu-name" data-testid="guest-name">
        {session.name}
      </span>
    </>
  );
  // Who was signed in elsewhere changes the name there, too.
  if (studio.identity === 'given') return <span className="guest-menu">{who}</span>;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="guest-menu" data-testid="guest-menu">
          {who}
          <ChevronDown aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Item className="menu-item" onSelect={() => setRenaming(true)} data-testid="change-name">
            <Pencil />
            Change name
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => forget().catch((error: Error) => toast.error(error.message))}
            data-testid="forget-me"
          >
            <LogOut />
            Forget me on this device
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <Dialog
        open={renaming}
        onOpenChange={setRenaming}
        title="Change your name"
        description="People see it in rooms that you join from now on."
        isWritten
      >
        <NameForm name={session.name} action="Save" onSubmit={rename} />
      </Dialog>
    </>
  );
}
