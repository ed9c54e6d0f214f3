import { type ReactNode, useId, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';

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
  const { isBusy, problem, submit } = useSubmit(async () => {
    if (value.trim() === '') throw new Error('Enter the name that others should see.');
    await onSubmit(value);
  });

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
      <Button type="submit" variant="primary" size="lg" isBusy={isBusy} data-testid="name-submit">
        {action}
      </Button>
    </form>
  );
}
