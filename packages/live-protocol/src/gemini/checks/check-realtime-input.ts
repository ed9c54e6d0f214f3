import { parseAudioMimeType } from '../audio-mime-type.ts';
import { base64ByteLength } from '../base64.ts';
import { GeminiCloseReason } from '../close-reasons.ts';
import type { MediaBlob, RealtimeInput, Setup } from '../messages.ts';
import { modelProfile } from '../profiles/model-lookup.ts';
import type { ModelProfile } from '../profiles/model-profile.ts';
import { firstProblem, invalidArgument, type WireProblem } from './wire-problem.ts';

/**
 * The first reason for which the service closes on live input, given the setup of the session; `null` when there is
 * none. Media is looked at by type and length only, never decoded.
 */
export function checkRealtimeInput(
  input: RealtimeInput,
  setup: Setup,
  profile: ModelProfile = modelProfile(setup.model ?? ''),
): WireProblem | null {
  return firstProblem([
    () => checkMediaChunks(input, profile),
    () => checkActivity(input, setup),
    () => (input.audio === undefined ? null : checkAudio(input.audio, 'realtimeInput.audio')),
    () => (input.video === undefined ? null : checkVideo(input.video)),
  ]);
}

function checkMediaChunks(input: RealtimeInput, profile: ModelProfile): WireProblem | null {
  const [first] = input.mediaChunks ?? [];
  if (first === undefined) return null;
  if (!profile.supports.mediaChunks) {
    return {
      closeCode: 1007,
      reason: GeminiCloseReason.mediaChunks,
      path: 'realtimeInput.mediaChunks',
      remedy: `Send audio or video instead: ${profile.id} takes no mediaChunks.`,
    };
  }
  // The service uses the first entry only.
  return /^image\//i.test(first.mimeType ?? '') ? null : checkAudio(first, 'realtimeInput.mediaChunks[0]');
}

function checkActivity(input: RealtimeInput, setup: Setup): WireProblem | null {
  const marker = input.activityStart !== undefined ? 'activityStart' : 'activityEnd';
  if (input[marker] === undefined) return null;
  if (setup.realtimeInputConfig?.automaticActivityDetection?.disabled === true) return null;
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.explicitActivity,
    path: `realtimeInput.${marker}`,
    remedy: 'Set realtimeInputConfig.automaticActivityDetection.disabled in setup, or send no activity markers.',
  };
}

function checkAudio(audio: MediaBlob, path: string): WireProblem | null {
  const { mimeType = '', data = '' } = audio;
  const problem = { closeCode: 1007, reason: GeminiCloseReason.inputAudio } as const;
  if (parseAudioMimeType(mimeType) === null) {
    const remedy = `Send raw PCM16 as "audio/pcm;rate=16000" instead of ${JSON.stringify(mimeType)}.`;
    return { ...problem, path: `${path}.mimeType`, remedy };
  }
  const bytes = base64ByteLength(data);
  if (bytes % 2 === 0) return null;
  const remedy = `Cut audio between samples: PCM16 has an even number of bytes, this piece has ${bytes}.`;
  return { ...problem, path: `${path}.data`, remedy };
}

function checkVideo(video: MediaBlob): WireProblem | null {
  const { mimeType = '' } = video;
  if (/^image\//i.test(mimeType)) return null;
  const remedy = `Send pictures as "image/jpeg" or "image/png" instead of ${JSON.stringify(mimeType)}.`;
  return invalidArgument('realtimeInput.video.mimeType', remedy);
}
