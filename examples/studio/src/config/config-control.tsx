import type { ModelProfile } from '@colloquy/live-protocol';
import { Switch } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { Field, type FieldAria } from '../ui/field.tsx';
import type { ConfigField } from './fields.ts';
import { whyNot, whyNotValue } from './support.ts';

interface ConfigControlProps {
  readonly field: ConfigField;
  readonly profile: ModelProfile;
  readonly value: unknown;
  readonly disabled: boolean;
  readonly onChange: (value: unknown) => void;
}

/** One field of the configuration. What the model does not take is disabled and says why. */
export function ConfigControl({ field, profile, value, disabled, onChange }: ConfigControlProps): ReactNode {
  const id = useId();
  const reason = whyNot(field.path, profile);
  const wrong = reason ?? whyNotValue(field.path, value, profile);
  // What was set for another model can be taken back.
  const isOff = disabled || (reason !== null && (value === null || value === false));
  const common = { field, profile, value, disabled: isOff, onChange };
  const isWrong = wrong !== null && value !== null && value !== false;
  return (
    <div className="config-field" data-testid={`config-${field.path}`} data-supported={reason === null}>
      {field.control === 'switch' ? (
        <SwitchControl {...common} id={id} note={reason ?? field.help} />
      ) : (
        <Field id={id} label={field.label} help={reason ?? field.help} problem={isWrong ? wrong : null}>
          {(aria) => <Control {...common} aria={aria} />}
        </Field>
      )}
    </div>
  );
}

function Control({
  field,
  profile,
  value,
  disabled,
  onChange,
  aria,
}: ConfigControlProps & { aria: FieldAria }): ReactNode {
  switch (field.control) {
    case 'choice':
      return (
        <select
          {...aria}
          className="input"
          value={JSON.stringify(value)}
          disabled={disabled}
          onChange={(event) => onChange(JSON.parse(event.target.value))}
        >
          {field.options(profile).map((option) => {
            const reason = whyNotValue(field.path, option.value, profile);
            return (
              <option key={option.label} value={JSON.stringify(option.value)} disabled={reason !== null}>
                {reason === null ? option.label : `${option.label} (not with this model)`}
              </option>
            );
          })}
        </select>
      );
    case 'number':
      return (
        <div className="config-number">
          <input
            {...aria}
            className="input"
            type="number"
            inputMode="decimal"
            min={field.min}
            max={field.max}
            step={field.step}
            placeholder="The model decides"
            value={value === null ? '' : String(value)}
            disabled={disabled}
            onChange={(event) => onChange(toNumber(event.target.value, field.path === 'bargeIn.afterMs'))}
          />
          {field.unit && <span aria-hidden="true">{field.unit}</span>}
        </div>
      );
    case 'text': {
      const suggestions = field.suggestions?.(profile) ?? [];
      const listId = `${aria.id}-list`;
      return (
        <>
          <input
            {...aria}
            className="input"
            value={value === null ? '' : String(value)}
            placeholder={field.placeholder}
            disabled={disabled}
            list={suggestions.length > 0 ? listId : undefined}
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => onChange(event.target.value.trim() || null)}
          />
          {suggestions.length > 0 && (
            <datalist id={listId}>
              {suggestions.map((suggestion) => (
                <option key={suggestion} value={suggestion} />
              ))}
            </datalist>
          )}
        </>
      );
    }
    case 'switch':
      return null;
    default:
      return field satisfies never;
  }
}

function SwitchControl({
  field,
  value,
  disabled,
  onChange,
  id,
  note,
}: ConfigControlProps & { id: string; note: string | undefined }): ReactNode {
  return (
    <div className="config-switch">
      <label htmlFor={id} className="field-label">
        {field.label}
      </label>
      <Switch.Root
        id={id}
        className="switch"
        checked={value === true}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-describedby={note ? `${id}-note` : undefined}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
      {note && (
        <p id={`${id}-note`} className="field-note">
          {note}
        </p>
      )}
    </div>
  );
}

/** What is no number yet, such as a lone sign, is nothing; where nothing is no choice, it is 0. */
function toNumber(text: string, isNeeded: boolean): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  return isNeeded ? 0 : null;
}
