import type { EntryActor } from '@colloquy/live-protocol';
import type { ModelSenses } from '../media/people-media.ts';
import type { Recorder } from './recorder.ts';

/** The senses of the model, with a recorder that hears what they hear. */
export function recordedSenses(
  senses: ModelSenses,
  recorder: () => Recorder | null,
  actorOf: (participantId: string) => EntryActor | null,
): ModelSenses {
  return {
    hear: (source, mediaTime, pcm, voice) => {
      const recording = recorder();
      const actor = recording && actorOf(source.participantId);
      if (actor) recording.hear(source.connectionId, actor, mediaTime, pcm);
      return senses.hear(source, mediaTime, pcm, voice);
    },
    endBurst: (connectionId) => {
      recorder()?.endBurst(connectionId);
      senses.endBurst(connectionId);
    },
    see: (frame, source) => senses.see(frame, source),
  };
}
