import type { PlaybackStatistics, SpokenSpan } from '@colloquy/live-client';
import { useRoomClient, useRoomUsage } from '@colloquy/live-client/react';
import { MODEL_PARTICIPANT_ID, type RoomUsage } from '@colloquy/live-protocol';
import { type ReactNode, useEffect, useState } from 'react';
import { answerDelays } from './lanes.ts';

/** How quick, how much and how well: latency, tokens and cost, and the sound. */
export function Meters({ spans }: { spans: readonly SpokenSpan[] }): ReactNode {
  const usage = useRoomUsage();
  const { roundTripMs, playback } = useMeasured();
  const delays = answerDelays(spans);
  return (
    <dl className="meters" data-testid="meters">
      <Meter label="Answers after" value={delays.length === 0 ? null : seconds(median(delays))} testId="meter-answer" />
      <Meter
        label="Round trip"
        value={roundTripMs === null ? null : `${Math.round(roundTripMs)} ms`}
        testId="meter-round-trip"
      />
      <Meter label="Tokens" value={usage === null ? null : count(tokensOf(usage))} testId="meter-tokens" />
      <Meter
        label="Cost"
        value={usage === null || usage.cost === null ? null : money.format(usage.cost)}
        unknown={usage === null ? undefined : 'no prices set'}
        testId="meter-cost"
      />
      <Meter
        label="Heard / spoken"
        value={
          usage === null ? null : `${seconds(usage.audioSecondsIn * 1000)} / ${seconds(usage.audioSecondsOut * 1000)}`
        }
        testId="meter-audio"
      />
      <Meter
        label="Sound held back"
        value={playback === null ? null : `${Math.round(playback.targetDepthMs)} ms`}
        note={playback !== null && playback.underruns > 0 ? `${playback.underruns} gaps` : undefined}
        testId="meter-buffer"
      />
    </dl>
  );
}

interface MeterProps {
  readonly label: string;
  /** `null`: not known yet. */
  readonly value: string | null;
  /** Why it is not known. @defaultValue `'not yet'` */
  readonly unknown?: string;
  readonly note?: string;
  readonly testId: string;
}

function Meter({ label, value, unknown = 'not yet', note, testId }: MeterProps): ReactNode {
  return (
    <div className="meter" data-testid={testId}>
      <dt>{label}</dt>
      <dd>
        {value ?? <span className="meter-unknown">{unknown}</span>}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** What is measured all the time and is no state of the room; looked at once a second. */
function useMeasured(): { readonly roundTripMs: number | null; readonly playback: PlaybackStatistics | null } {
  const client = useRoomClient();
  const [measured, setMeasured] = useState<{ roundTripMs: number | null; playback: PlaybackStatistics | null }>({
    roundTripMs: client.roundTripMs,
    playback: null,
  });
  useEffect(() => {
    let active = true;
    const look = async () => {
      const playback = await client.playback(MODEL_PARTICIPANT_ID);
      if (active) setMeasured({ roundTripMs: client.roundTripMs, playback });
    };
    const timer = setInterval(() => void look().catch(() => {}), 1_000);
    return () => {
      active = false;
      clearInterval(timer);
    };
  }, [client]);
  return measured;
}

const numbers = new Intl.NumberFormat('en');
const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

function count(value: number): string {
  return numbers.format(value);
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${numbers.format(Math.round(ms / 1_000))} s`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function tokensOf(usage: RoomUsage): number {
  return usage.totalTokens;
}
