import { useAudioLevel, useModelState, useParticipants, useRoom } from '@colloquy/live-client/react';
import { MODEL_PARTICIPANT_ID, type ModelStatus } from '@colloquy/live-protocol';
import type { ReactNode } from 'react';
import { useSession } from '../session/session.ts';
import { MODEL_STATUS_WORDS } from './model-status.ts';
import { Orb } from './orb.tsx';

/** The model among the participants, with what it is doing. */
export function ModelTile(): ReactNode {
  const { studio } = useSession();
  const { room } = useRoom();
  const status = useShownStatus();
  return (
    <section className="model-tile" aria-label="The model" data-testid="model-tile">
      <VoiceOrb status={status} />
      <ModelWords status={status} />
      <span className="model-id">
        {room?.configuration.model ?? studio.model}
        {studio.source === 'emulator' && ' · emulated'}
      </span>
    </section>
  );
}

/** The same in one line, for small screens. */
export function ModelStrip(): ReactNode {
  const status = useShownStatus();
  return (
    <section className="model-strip" aria-label="The model" data-testid="model-strip">
      <VoiceOrb status={status} />
      <ModelWords status={status} />
    </section>
  );
}

function ModelWords({ status }: { status: ModelStatus }): ReactNode {
  const { connection } = useRoom();
  const name = useParticipants().find(({ participantId }) => participantId === MODEL_PARTICIPANT_ID)?.name ?? 'Gemini';
  return (
    <>
      <span className="model-name">{name}</span>
      <span className="model-status" data-status={status} data-testid="model-status">
        {connection.status === 'open' ? MODEL_STATUS_WORDS[status] : 'No connection'}
      </span>
    </>
  );
}

function VoiceOrb({ status }: { status: ModelStatus }): ReactNode {
  const level = useAudioLevel(MODEL_PARTICIPANT_ID);
  return <Orb status={status} level={toVisibleLevel(level)} />;
}

/** Without a connection nothing is known of the model, and the last news of it would mislead. */
function useShownStatus(): ModelStatus {
  const { connection } = useRoom();
  const { status } = useModelState();
  return connection.status === 'open' ? status : 'off';
}

/** Speech has a root mean square around 0.1: spread so that it moves something on the screen. */
export function toVisibleLevel(level: number): number {
  return Math.min(1, Math.sqrt(level) * 1.6);
}
