import { type FormEvent, useState } from 'react';

/** A form on its way. */
export interface Submission {
  /** For the button that submits it, which does nothing meanwhile. */
  readonly isBusy: boolean;
  /** Why the last attempt failed, in words for people. */
  readonly problem: string | null;
  readonly submit: (event: FormEvent) => Promise<void>;
}

/** Sends a form, and says what went wrong. `send` rejects with an error whose message is for people. */
export function useSubmit(send: () => Promise<void>): Submission {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await send();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, problem, submit };
}
