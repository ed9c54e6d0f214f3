import { useRoomClient, useToolApprovals } from '@colloquy/live-client/react';
import { ShieldQuestion } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { useCountdownNow } from './use-countdown.ts';

/** What the model wants to do and may not without being allowed to; shown to who may decide. */
export function ToolApprovals(): ReactNode {
  const client = useRoomClient();
  const approvals = useToolApprovals();
  const now = useCountdownNow(approvals[0]?.expiresAt ?? null);
  return approvals.map(({ callId, name, args, requestedBy, expiresAt }) => {
    const who = requestedBy.map((actor) => actor.name).join(' and ');
    const words = Object.keys(args).length === 0 ? '' : ` with ${JSON.stringify(args).slice(0, 200)}`;
    const left = expiresAt === null ? null : Math.max(0, Math.ceil((expiresAt - now) / 1000));
    return (
      <div key={callId} className="banner" data-tone="model" data-testid="tool-approval" data-tool={name}>
        <ShieldQuestion aria-hidden="true" />
        <p role="alert">
          The model wants to use <strong>{name.replaceAll('_', ' ')}</strong>
          {words}
          {who === '' ? '' : `, asked by ${who}`}.
        </p>
        {left !== null && (
          <span className="banner-time" aria-hidden="true">
            {left} s
          </span>
        )}
        <Button size="sm" onClick={() => client.decideTool(callId, false)} data-testid="refuse-tool">
          Refuse
        </Button>
        <Button size="sm" variant="primary" onClick={() => client.decideTool(callId, true)} data-testid="allow-tool">
          Allow
        </Button>
      </div>
    );
  });
}
