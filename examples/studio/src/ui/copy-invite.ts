import { toast } from 'sonner';
import { roomPath } from '../router.tsx';

/** Puts a room's invite link on the clipboard; shows it where the browser does not allow that. */
export async function copyInvite(roomId: string): Promise<void> {
  const link = new URL(roomPath(roomId), location.origin).href;
  try {
    await navigator.clipboard.writeText(link);
    toast.success('Invite link copied', { description: link });
  } catch {
    // No permission, or a page without https: the link can still be read.
    toast('Copy this invite link', { description: link, duration: 20_000 });
  }
}
