import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';

interface NameFormProps {
  readonly name?: string;
  readonly action: string;
  /** Rejects with an error whose message says what is wrong. */
  readonly onSubmit: (name: string) => Promise<void>;
}

/** Asks for the name that others see. */
export function NameForm({ name = '', action, onSubmit }: NameFormProps): ReactNode {
  const id = useId();
  const [value, setValue] = useState(name);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (value.trim() === '') {
      setProblem('Enter the name that others should see.');
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(value);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };

  return (
    <form className="name-form" onSubmit={submit} noValidate>
      <Field id={id} label="Your name" problem={problem}>
        {(aria) => (
          <input
            {...aria}
            className="input input-lg"
            value={value}
            maxLength={40}
            autoComplete="name"
            placeholder="How others see you"
            onChange={(event) => setValue(event.target.value)}
            data-testid="name-input"
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" aria-disabled={busy} data-testid="name-submit">
        {action}
      </Button>
    </form>
  );
}
