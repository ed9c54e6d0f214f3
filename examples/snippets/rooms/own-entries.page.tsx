// #region page
import { useAppEntries, useRoomClient } from '@colloquy/live-client/react';

export function Poll() {
  const room = useRoomClient();
  const { entries, isComplete } = useAppEntries('votes');
  const latest = new Map(entries.map(({ actor, body }) => [actor.participantId, body.data.choice]));
  const yes = [...latest.values()].filter((choice) => choice === 'yes').length;
  return (
    <p>
      {isComplete ? `${yes} of ${latest.size} say yes` : 'Counting …'}
      <button type="button" onClick={() => room.publish('votes', { choice: 'yes' })}>
        Yes
      </button>
      <button type="button" onClick={() => room.publish('votes', { choice: 'no' })}>
        No
      </button>
    </p>
  );
}
// #endregion
