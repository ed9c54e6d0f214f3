import { FileAudio } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { toast } from 'sonner';
import { fetchRecordings, type Recording, recordingPath } from '../api/rooms.ts';
import { useSession } from '../session/session.ts';
import { formatFull } from '../ui/time.ts';

/** What was recorded in a room, for its hosts; nothing for everybody else. */
export function Recordings({ roomId }: { roomId: string }): ReactNode {
  const { studio } = useSession();
  const [recordings, setRecordings] = useState<readonly Recording[]>([]);
  useEffect(() => {
    if (!studio.recording) return;
    const aborter = new AbortController();
    fetchRecordings(roomId, aborter.signal).then(setRecordings, (error: Error) => {
      if (!aborter.signal.aborted) toast.error('Recordings could not be listed', { description: error.message });
    });
    return () => aborter.abort();
  }, [roomId, studio.recording]);
  if (recordings.length === 0) return null;
  return (
    <section className="recordings" aria-labelledby="recordings-title" data-testid="recordings">
      <h2 id="recordings-title">Recordings</h2>
      <ul>
        {recordings.map(({ recordingId, startedAt, tracks }) => (
          <li key={recordingId}>
            <span>{formatFull(startedAt)}</span>
            {tracks.map(({ file, name }) => (
              <a key={file} href={recordingPath(roomId, recordingId, file)} download data-testid="recording-track">
                <FileAudio aria-hidden="true" />
                {name || 'Everybody'}
              </a>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
