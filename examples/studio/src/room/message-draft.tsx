import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

/** Who a message is for: the model answers, or only people read it. */
export type Audience = 'model' | 'people';

/** A message that is not sent yet. */
export interface MessageDraft {
  readonly text: string;
  readonly audience: Audience;
  readonly setText: (text: string) => void;
  readonly setAudience: (audience: Audience) => void;
}

const MessageDraftContext: React.Context<MessageDraft | null> = createContext<MessageDraft | null>(null);

/** Keeps what is being written while the conversation is out of sight. */
export function MessageDraftProvider({ children }: { children: ReactNode }): ReactNode {
  const [text, setText] = useState('');
  const [audience, setAudience] = useState<Audience>('model');
  const draft = useMemo(() => ({ text, audience, setText, setAudience }), [text, audience]);
  return <MessageDraftContext value={draft}>{children}</MessageDraftContext>;
}

/** @throws Error outside a {@link MessageDraftProvider}. */
export function useMessageDraft(): MessageDraft {
  const draft = useContext(MessageDraftContext);
  if (draft === null) throw new Error('useMessageDraft() works only inside a MessageDraftProvider.');
  return draft;
}
