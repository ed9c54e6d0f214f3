import { VOICES } from '@colloquy/live-protocol';
import { ChevronRight } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { createRoom, type NewRoom } from '../api/rooms.ts';
import { navigate, roomPath } from '../router.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { randomId } from '../ui/random-id.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { toNewRoom } from './new-room.ts';

interface CreateRoomDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Makes a room and goes there. */
export function CreateRoomDialog({ open, onOpenChange }: CreateRoomDialogProps): ReactNode {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New room"
      description="Everybody with the link can join. You will be its host."
      isWritten
    >
      <CreateRoomForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

function CreateRoomForm({ onCancel }: { onCancel: () => void }): ReactNode {
  const id = useId();
  const [name, setName] = useState('');
  const [instructions, setInstructions] = useState('');
  const [voice, setVoice] = useState('');
  const keyOf = useKeyOfWish();
  const isLeft = useIsLeft();
  const { isBusy, problem, submit } = useSubmit(async () => {
    const wish = toNewRoom({ name, instructions, voice });
    if ('problem' in wish) throw new Error(wish.problem);
    const room = await createRoom(wish.room, keyOf(wish.room));
    // Whoever went elsewhere meanwhile, perhaps into another room, stays there.
    if (!isLeft.current) navigate(roomPath(room.id));
  });

  return (
    <form className="create-room" onSubmit={submit} noValidate>
      <Field id={`${id}-name`} label="Name" problem={problem}>
        {(aria) => (
          <input
            {...aria}
            className="input"
            value={name}
            maxLength={80}
            placeholder="What is it about?"
            onChange={(event) => setName(event.target.value)}
            data-testid="room-name-input"
          />
        )}
      </Field>
      <Collapsible.Root>
        <Collapsible.Trigger className="disclosure" data-testid="room-options">
          <ChevronRight aria-hidden="true" />
          Instructions and voice
        </Collapsible.Trigger>
        <Collapsible.Content className="disclosure-content">
          <Field
            id={`${id}-instructions`}
            label="Instructions for the model"
            help="How it should behave in this room. It also knows who is speaking."
          >
            {(aria) => (
              <textarea
                {...aria}
                className="input"
                value={instructions}
                rows={4}
                maxLength={8000}
                placeholder="You moderate a design review. Ask short questions, and sum up every decision."
                onChange={(event) => setInstructions(event.target.value)}
                data-testid="room-instructions-input"
              />
            )}
          </Field>
          <Field id={`${id}-voice`} label="Voice">
            {(aria) => (
              <select
                {...aria}
                className="input"
                value={voice}
                onChange={(event) => setVoice(event.target.value)}
                data-testid="room-voice-select"
              >
                <option value="">The model's own choice</option>
                {VOICES.map((option) => (
                  <option key={option}>{option}</option>
                ))}
              </select>
            )}
          </Field>
        </Collapsible.Content>
      </Collapsible.Root>
      <div className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy} data-testid="create-room-submit">
          {isBusy ? 'Creating…' : 'Create room'}
        </Button>
      </div>
    </form>
  );
}

/** The key of a wish for a room: of all attempts the same one, but of another wish another. */
function useKeyOfWish(): (wish: NewRoom) => string {
  const last = useRef({ wish: '', key: '' });
  return (room) => {
    const wish = JSON.stringify(room);
    if (last.current.wish !== wish) last.current = { wish, key: randomId() };
    return last.current.key;
  };
}

function useIsLeft(): { readonly current: boolean } {
  const isLeft = useRef(false);
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
    };
  }, []);
  return isLeft;
}
