import type { ReactNode } from 'react';
import './field.css';

/** Attributes that tie a control to its label, help and problem. */
export interface FieldAria {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly problem?: string | null;
  readonly children: (aria: FieldAria) => ReactNode;
}

/** A control with its label above, and below it help or what is wrong. */
export function Field({ id, label, help, problem = null, children }: FieldProps): ReactNode {
  const note = problem ?? help;
  const noteId = `${id}-note`;
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      {children({
        id,
        ...(note ? { 'aria-describedby': noteId } : {}),
        ...(problem === null ? {} : { 'aria-invalid': true }),
      })}
      {note && (
        <p
          id={noteId}
          className={problem === null ? 'field-note' : 'field-note field-problem'}
          role={problem === null ? undefined : 'alert'}
        >
          {note}
        </p>
      )}
    </div>
  );
}
