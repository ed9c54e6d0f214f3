import { useEffectiveSetup, useRoom } from '@colloquy/live-client/react';
import { MODEL_PROFILES, type ModelProfile, modelProfile, type RoomInfo } from '@colloquy/live-protocol';
import { Braces, ChevronRight, Lock, TriangleAlert, Wrench } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { type FormEvent, type ReactNode, useId } from 'react';
import { toast } from 'sonner';
import type { StudioInfo } from '../api/session.ts';
import { useIsHost } from '../room/use-is-host.ts';
import { usePeople } from '../room/use-people.ts';
import { useSession } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ConfigControl } from './config-control.tsx';
import { useDraftOfSettings } from './configuration-draft-provider.tsx';
import { CONFIG_GROUPS, valueAt } from './fields.ts';
import { INSTRUCTION_PRESETS } from './presets.ts';
import { describeReadOnly } from './read-only-words.ts';
import type { ConfigurationDraft } from './use-configuration-draft.ts';
import './config-sidebar.css';

/** Everything that can be agreed for a room. Hosts change it, everybody sees it. */
export function ConfigSidebar({ room }: { room: RoomInfo }): ReactNode {
  const { studio } = useSession();
  const { connection } = useRoom();
  const isHost = useIsHost();
  const people = usePeople();
  const edit = useDraftOfSettings();
  const canEdit = isHost && connection.status === 'open' && room.status === 'open';
  const profile = profileOf(edit.draft.model, studio);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await edit.apply()) toast.success('Everybody has the new settings');
  };
  return (
    <form className="config" onSubmit={submit} aria-label="Settings of the room" data-testid="config" noValidate>
      <header className="config-header">
        <h2>Settings</h2>
        <span className="config-version" data-testid="config-version" data-version={room.configurationVersion}>
          Version {room.configurationVersion}
        </span>
      </header>
      {!isHost && (
        <p className="config-note" data-testid="config-read-only">
          <Lock aria-hidden="true" />
          {describeReadOnly(people, room)}
        </p>
      )}
      <ModelFields edit={edit} profile={profile} disabled={!canEdit} studio={studio} />
      {CONFIG_GROUPS.map(({ title, fields }) => (
        <fieldset key={title} className="config-group">
          <legend>{title}</legend>
          {fields.map((field) => (
            <ConfigControl
              key={field.path}
              field={field}
              profile={profile}
              value={valueAt(edit.draft, field.path)}
              disabled={!canEdit}
              onChange={(value) => edit.set(field.path, value)}
            />
          ))}
        </fieldset>
      ))}
      <Tools />
      <EffectiveSetup />
      <ApplyBar edit={edit} canEdit={canEdit} />
    </form>
  );
}

interface ModelFieldsProps {
  readonly edit: ConfigurationDraft;
  readonly profile: ModelProfile;
  readonly studio: StudioInfo;
  readonly disabled: boolean;
}

function ModelFields({ edit, profile, studio, disabled }: ModelFieldsProps): ReactNode {
  const id = useId();
  const { draft, set } = edit;
  const models = MODEL_PROFILES.filter(
    ({ backend, status, supports }) =>
      // Translators and transcribers take no instructions, and so cannot know that they are in a room.
      backend === backendOf(studio) && status !== 'retired' && supports.systemInstruction,
  );
  const preset = INSTRUCTION_PRESETS.find(({ instructions }) => instructions === draft.instructions)?.name ?? '';
  return (
    <fieldset className="config-group">
      <legend>Model</legend>
      <Field
        id={`${id}-model`}
        label="Model"
        help={profile.known ? undefined : 'Not known here; it may refuse settings.'}
      >
        {(aria) => (
          <select
            {...aria}
            className="input"
            value={draft.model ?? ''}
            disabled={disabled}
            onChange={(event) => set('model', event.target.value || null)}
            data-testid="config-model"
          >
            <option value="">{studio.model} (default)</option>
            {models.map((model) => (
              <option key={model.id} value={model.id}>
                {model.id}
                {model.status === 'stable' ? '' : ` (${model.status})`}
              </option>
            ))}
            {draft.model !== null && !models.some((model) => model.id === draft.model) && (
              <option value={draft.model}>{draft.model}</option>
            )}
          </select>
        )}
      </Field>
      <Field id={`${id}-preset`} label="Role">
        {(aria) => (
          <select
            {...aria}
            className="input"
            value={preset}
            disabled={disabled}
            onChange={(event) => {
              const chosen = INSTRUCTION_PRESETS.find(({ name }) => name === event.target.value);
              if (chosen) set('instructions', chosen.instructions);
            }}
            data-testid="config-preset"
          >
            <option value="">In your own words</option>
            {INSTRUCTION_PRESETS.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      <Field id={`${id}-instructions`} label="Instructions">
        {(aria) => (
          <textarea
            {...aria}
            className="input"
            rows={5}
            maxLength={20_000}
            value={draft.instructions}
            disabled={disabled}
            placeholder="What the model should do in this conversation"
            onChange={(event) => set('instructions', event.target.value)}
            data-testid="config-instructions"
          />
        )}
      </Field>
    </fieldset>
  );
}

/** What the model may call, as it is told. */
function Tools(): ReactNode {
  const setup = useEffectiveSetup();
  const tools = functionsOf(setup);
  if (tools.length === 0) return null;
  return (
    <fieldset className="config-group">
      <legend>Tools</legend>
      <ul className="config-tools" data-testid="config-tools">
        {tools.map(({ name, description }) => (
          <li key={name}>
            <Wrench aria-hidden="true" />
            <div>
              <code>{name}</code>
              <p>{description}</p>
            </div>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function EffectiveSetup(): ReactNode {
  const setup = useEffectiveSetup();
  if (setup === null) return null;
  return (
    <Collapsible.Root className="config-effective">
      <Collapsible.Trigger className="disclosure" data-testid="config-effective">
        <ChevronRight aria-hidden="true" />
        <Braces aria-hidden="true" />
        What the model is set up with
      </Collapsible.Trigger>
      <Collapsible.Content>
        <textarea
          className="input"
          readOnly
          rows={14}
          aria-label="Setup of the model session"
          spellCheck={false}
          value={JSON.stringify(setup, null, 2)}
          data-testid="config-setup"
        />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

function ApplyBar({ edit, canEdit }: { edit: ConfigurationDraft; canEdit: boolean }): ReactNode {
  const { changed, overtaken, problem, isBusy, reset } = edit;
  if (changed.length === 0 && problem === null) return null;
  return (
    <div className="config-apply" data-testid="config-apply-bar">
      {overtaken && (
        <p className="config-note config-warning" role="status" data-testid="config-overtaken">
          <TriangleAlert aria-hidden="true" />
          {overtaken.by === null ? 'The settings were changed' : `${overtaken.by} changed the settings`} meanwhile
          (version {overtaken.version}). Applying puts yours on top.
        </p>
      )}
      {problem !== null && (
        <p className="config-note config-problem" role="alert" data-testid="config-problem">
          <TriangleAlert aria-hidden="true" />
          {problem}
        </p>
      )}
      <div className="config-apply-buttons">
        <Button onClick={reset} data-testid="config-reset">
          Discard
        </Button>
        <Button type="submit" variant="primary" disabled={!canEdit} isBusy={isBusy} data-testid="config-apply">
          {isBusy ? 'Applying…' : `Apply ${changed.length === 1 ? '1 change' : `${changed.length} changes`}`}
        </Button>
      </div>
    </div>
  );
}

function backendOf({ source }: StudioInfo): 'vertex' | 'gemini' {
  return source === 'vertex' ? 'vertex' : 'gemini';
}

function profileOf(model: string | null, studio: StudioInfo): ModelProfile {
  return modelProfile(model ?? studio.model, backendOf(studio));
}

interface DeclaredFunction {
  readonly name: string;
  readonly description: string;
}

function functionsOf(setup: Readonly<Record<string, unknown>> | null): readonly DeclaredFunction[] {
  const tools = Array.isArray(setup?.tools) ? (setup.tools as { functionDeclarations?: unknown }[]) : [];
  return tools.flatMap(({ functionDeclarations }) =>
    Array.isArray(functionDeclarations) ? (functionDeclarations as DeclaredFunction[]) : [],
  );
}
