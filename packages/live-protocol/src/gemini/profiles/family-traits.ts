import type { Backend } from '../backend.ts';
import type { TurnCoverage } from '../messages.ts';
import { NATIVE_AUDIO_LANGUAGES } from './languages.ts';
import type { ModelFamily, ModelFeatures, ModelProfile, WireHabits } from './model-profile.ts';
import { HALF_CASCADE_VOICES, VOICES } from './voices.ts';

/** Everything a profile says beyond which model it is. */
export type FamilyTraits = Omit<ModelProfile, 'id' | 'backend' | 'family' | 'known' | 'status'>;

const HOUR_MS = 3_600_000;

/** What all models of a family have in common on a backend. */
export function familyTraits(family: ModelFamily, backend: Backend): FamilyTraits {
  const level = backend === 'vertex' ? 'LOW' : 'HIGH';
  const isSecondGeneration = family === '2.5-native' || family === 'vertex-2.5-flash';
  return {
    responseModalities: responseModalities(family, backend),
    // Seen on 3.1 only: without a modality it assumed text, and refused that.
    defaultModality: family === '3.1' ? 'TEXT' : 'AUDIO',
    textInput: family === '3.1' ? 'realtimeInput' : 'clientContent',
    historyInput: family === '3.1' ? 'initial' : 'anytime',
    supports: features(family, backend),
    toolBehaviors:
      family === '3.1' ? ['BLOCKING'] : family === '3.8-et' ? ['NON_BLOCKING'] : ['BLOCKING', 'NON_BLOCKING'],
    defaultToolBehavior: family === '3.8' || family === '3.8-et' ? 'NON_BLOCKING' : 'BLOCKING',
    limits: {
      contextTokens: family === 'vertex-2.5-flash' ? 32_768 : 131_072,
      outputTokens: isSecondGeneration ? 8_192 : 65_536,
      resumptionMs: backend === 'vertex' ? 24 * HOUR_MS : 2 * HOUR_MS,
    },
    defaults: {
      startOfSpeechSensitivity: `START_SENSITIVITY_${level}`,
      endOfSpeechSensitivity: `END_SENSITIVITY_${level}`,
      turnCoverage: isSecondGeneration ? 'TURN_INCLUDES_ONLY_ACTIVITY' : 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
    },
    wire: wireHabits(family, backend),
  };
}

function responseModalities(family: ModelFamily, backend: Backend): FamilyTraits['responseModalities'] {
  if (family === 'vertex-2.5-flash') return ['AUDIO', 'TEXT'];
  // Avatars are video with the voice in it.
  return backend === 'vertex' && family === '3.8' ? ['AUDIO', 'VIDEO'] : ['AUDIO'];
}

function features(family: ModelFamily, backend: Backend): ModelFeatures {
  const isSecondGeneration = family === '2.5-native' || family === 'vertex-2.5-flash';
  return {
    systemInstruction: true,
    speechConfig: true,
    voices: family === 'vertex-2.5-flash' ? HALF_CASCADE_VOICES : VOICES,
    languageCodes: family === '2.5-native' ? nativeLanguages(backend) : 'any',
    thinkingBudget: family === '2.5-native' || family === '3.1',
    thinkingLevels: thinkingLevels(family),
    affectiveDialog: family === '2.5-native',
    proactiveAudio: family === '2.5-native' ? 'option' : family === '3.8' || family === '3.8-et' ? 'always' : 'never',
    // Recorded: v1beta answers that it knows no such name.
    proactivityVersions: family === '2.5-native' && backend === 'gemini' ? ['v1alpha'] : 'any',
    translation: false,
    avatar: backend === 'vertex' && family === '3.8',
    googleSearch: true,
    codeExecution: isSecondGeneration,
    urlContext: isSecondGeneration,
    googleMaps: isSecondGeneration,
    toolScheduling: family === '2.5-native' || family === '3.8',
    turnCoverages: turnCoverages(isSecondGeneration && backend === 'vertex'),
    mediaChunks: isSecondGeneration,
    contextUpdate: backend === 'vertex' && (family === '3.8' || family === '3.8-et'),
    systemRole: backend === 'vertex',
    transparentResumption: backend === 'vertex',
  };
}

function nativeLanguages(backend: Backend): readonly string[] {
  // The Gemini API refused `en-IN`, which Vertex lists.
  return backend === 'vertex' ? NATIVE_AUDIO_LANGUAGES : NATIVE_AUDIO_LANGUAGES.filter((code) => code !== 'en-IN');
}

function thinkingLevels(family: ModelFamily): ModelFeatures['thinkingLevels'] {
  if (family === '3.1') return ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
  return family === '3.8-et' ? ['LOW', 'MEDIUM', 'HIGH'] : [];
}

function turnCoverages(isVertexSecondGeneration: boolean): readonly TurnCoverage[] {
  const both = ['TURN_INCLUDES_ONLY_ACTIVITY', 'TURN_INCLUDES_ALL_INPUT'] as const;
  return isVertexSecondGeneration ? both : [...both, 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO'];
}

function wireHabits(family: ModelFamily, backend: Backend): WireHabits {
  const isThirdGeneration = family === '3.1' || family === '3.8' || family === '3.8-et';
  const is38 = family === '3.8' || family === '3.8-et';
  const isVertex = backend === 'vertex';
  return {
    functionCallId: isVertex ? 'uuid' : isThirdGeneration ? 'fc' : 'function-call',
    audioMimeType: isVertex ? 'audio/pcm' : 'audio/pcm;rate=24000',
    turnRole: isVertex || is38,
    inputTranscription: isThirdGeneration ? 'utterance' : 'words',
    outputTranscription: isVertex ? 'bracketed' : isThirdGeneration ? 'withAudio' : 'separate',
    emptyMessages: isThirdGeneration,
    unsolicitedResumption: isThirdGeneration,
    voiceActivity: is38,
    interactionStatus: family === '3.8-et',
    thoughts: family === '2.5-native' && !isVertex,
    toolTurns: isVertex && !isThirdGeneration ? 2 : 1,
    usageNames: isVertex ? 'candidates' : 'response',
    emptyGrounding: isVertex,
    sessionId: isVertex,
    preambleTokens: isVertex ? 12 : family === '2.5-native' ? 1_130 : family === '3.1' ? 170 : 310,
  };
}
