import { useRoom, useRoomClient } from '@colloquy/live-client/react';
import { ArrowUp, Sparkles, Users } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { type FormEvent, type KeyboardEvent, type ReactNode, useRef } from 'react';
import { toast } from 'sonner';
import { IconButton } from '../ui/icon-button.tsx';
import { type Audience, useMessageDraft } from './message-draft.tsx';

/** Writes to everybody in the room; the model answers only when it is asked. */
export function Composer(): ReactNode {
  const client = useRoomClient();
  const { connection } = useRoom();
  const { text, audience, setText, setAudience } = useMessageDraft();
  const isOver = connection.status === 'closed';
  const input = useRef<HTMLTextAreaElement>(null);
  const isEmpty = text.trim() === '';

  const send = (): void => {
    if (isEmpty || isOver) return;
    try {
      client.sendText(text.trim(), { toModel: audience === 'model' });
      setText('');
      // The button has nothing to send any more; people write on.
      input.current?.focus();
    } catch (error) {
      toast.error('Not sent', { description: error instanceof Error ? error.message : String(error) });
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  const sendOnEnter = (event: KeyboardEvent): void => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form className="composer" onSubmit={submit}>
      <div className="composer-box">
        <textarea
          ref={input}
          className="composer-input"
          // Where the browser does not fit the box to its text by itself, lines are counted.
          rows={Math.min(6, text.split('\n').length)}
          value={text}
          disabled={isOver}
          aria-label="Message"
          placeholder={placeholder(isOver, audience)}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={sendOnEnter}
          enterKeyHint="send"
          data-testid="composer-input"
        />
        <div className="composer-tools">
          <ToggleGroup.Root
            type="single"
            className="audience"
            aria-label="Who should answer"
            value={audience}
            disabled={isOver}
            onValueChange={(value) => value && setAudience(value as Audience)}
          >
            <ToggleGroup.Item value="model" className="audience-option" data-testid="audience-model">
              <Sparkles aria-hidden="true" />
              Ask the model
            </ToggleGroup.Item>
            <ToggleGroup.Item value="people" className="audience-option" data-testid="audience-people">
              <Users aria-hidden="true" />
              People only
            </ToggleGroup.Item>
          </ToggleGroup.Root>
          <IconButton
            type="submit"
            label="Send"
            className="composer-send"
            disabled={isEmpty || isOver}
            data-testid="send"
          >
            <ArrowUp />
          </IconButton>
        </div>
      </div>
    </form>
  );
}

function placeholder(isOver: boolean, audience: Audience): string {
  if (isOver) return 'You are not in this room any more';
  return audience === 'model'
    ? 'Write to everybody, and ask the model'
    : 'Write to the people here; the model does not answer';
}
