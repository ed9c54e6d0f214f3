import { useFloor, useMedia, useParticipants, useRoom, useRoomClient } from '@colloquy/live-client/react';
import { Hand, Radio } from 'lucide-react';
import { Toolbar } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef } from 'react';
import { Tip } from '../ui/icon-button.tsx';
import { describeFloor, ordinal } from './floor-words.ts';

/** Asks for the model's ear where one speaks at a time; nothing where everybody is heard. */
export function FloorControl({ disabled }: { disabled: boolean }): ReactNode {
  const floor = useFloor();
  if (floor.policy !== 'floor') return null;
  return floor.mode === 'open' ? <PushToTalk disabled={disabled} /> : <RaiseHand disabled={disabled} />;
}

/** Held down, with the pointer or the space bar, it speaks to the model; Enter holds it and lets it go. */
function PushToTalk({ disabled }: { disabled: boolean }): ReactNode {
  const client = useRoomClient();
  const { connection } = useRoom();
  const floor = useFloor();
  const { microphone } = useMedia();
  const holder = useHolderName();
  const isHeld = useRef(false);
  /** It was off or muted before: whoever lets go is not to be heard on, by the people either. */
  const wasSilent = useRef(false);

  const press = (): void => {
    if (isHeld.current || disabled) return;
    isHeld.current = true;
    wasSilent.current = microphone.status !== 'on';
    client.requestFloor();
    if (!wasSilent.current) return;
    client.microphone.setMuted(false);
    if (microphone.status === 'muted') return;
    client.microphone.start().catch(() => {
      // The microphone's own button tells what is wrong.
    });
  };
  const release = useCallback((): void => {
    if (!isHeld.current) return;
    isHeld.current = false;
    client.releaseFloor();
    // One that is only being started is muted from the beginning then.
    if (wasSilent.current) client.microphone.setMuted(true);
  }, [client]);
  useEffect(() => {
    // Whoever lets go elsewhere, goes to another window, or loses the button, lets go.
    addEventListener('blur', release);
    return () => {
      removeEventListener('blur', release);
      release();
    };
  }, [release]);
  const keyDown = (event: KeyboardEvent): void => {
    if (event.key === ' ') {
      event.preventDefault();
      if (!event.repeat) press();
    } else if (event.key === 'Enter' && !event.repeat) {
      event.preventDefault();
      if (isHeld.current) release();
      else press();
    }
  };
  const isOpen = connection.status === 'open' && !disabled;
  const isTaken = floor.holder !== null && !floor.isMine;
  return (
    <Tip text={describeFloor(floor, holder)}>
      <Toolbar.Button
        className="control control-floor"
        data-mine={floor.isMine}
        aria-pressed={floor.isMine}
        aria-disabled={!isOpen}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          press();
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onKeyDown={keyDown}
        onKeyUp={(event) => event.key === ' ' && release()}
        data-testid="push-to-talk"
      >
        <Radio aria-hidden="true" />
        {floor.isMine ? 'The model hears you' : isTaken ? `${holder} speaks` : 'Hold to talk'}
      </Toolbar.Button>
    </Tip>
  );
}

function RaiseHand({ disabled }: { disabled: boolean }): ReactNode {
  const client = useRoomClient();
  const floor = useFloor();
  const holder = useHolderName();
  const { position, isMine } = floor;
  const press = (): void => {
    if (isMine || position !== null) client.releaseFloor();
    else client.requestFloor();
  };
  return (
    <Tip text={describeFloor(floor, holder)}>
      <Toolbar.Button
        className="control control-floor"
        data-mine={isMine}
        aria-pressed={isMine || position !== null}
        disabled={disabled}
        onClick={press}
        data-testid="raise-hand"
      >
        <Hand aria-hidden="true" />
        {isMine ? 'Give the floor back' : position === null ? 'Raise hand' : `Hand up, ${ordinal(position)} in line`}
      </Toolbar.Button>
    </Tip>
  );
}

function useHolderName(): string {
  const { holder } = useFloor();
  return useParticipants().find(({ participantId }) => participantId === holder)?.name ?? 'Somebody';
}
