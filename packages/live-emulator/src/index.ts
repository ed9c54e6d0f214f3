/**
 * An offline Gemini Live API server for development and tests.
 *
 * @packageDocumentation
 */

// What a session received and sent
export type { AudioTimeline } from './audio/audio-recording.ts';
// Voices
export type { VoiceActivityOptions } from './audio/voice-activity.ts';
export type { PcmAudio } from './audio/wav.ts';
export { readWav, writeWav } from './audio/wav.ts';
// Brains
export type {
  Brain,
  BrainCall,
  BrainHistoryEntry,
  BrainInput,
  BrainStep,
  BrainTool,
  BrainTurn,
} from './brain/brain.ts';
export { DiscussionHost } from './brain/discussion-host.ts';
export type { ScriptedReply } from './brain/scripted-brain.ts';
export { ScriptedBrain } from './brain/scripted-brain.ts';
// Time and chance
export type { Clock, Timer } from './clock.ts';
export { systemClock } from './clock.ts';
// The server
export type { Emulator, EmulatorSession } from './emulator.ts';
export { startEmulator } from './emulator.ts';
export type { LiveEmulatorErrorCode } from './errors.ts';
export { isLiveEmulatorError, LiveEmulatorError } from './errors.ts';
export { FakeClock } from './fake-clock.ts';
export type { Fault, FaultAction, FaultMoment } from './faults/fault.ts';
export { FAULT_MOMENTS, FAULT_TYPES } from './faults/fault.ts';
// Ears
export type { FixturePhrase } from './fixture-phrases.ts';
export { fixturePhrasesFolder, loadFixturePhrases, loadPhrases } from './fixture-phrases.ts';
export type { Logger } from './logger.ts';
export type { EmulatorOptions } from './options.ts';
export type { ProfileName } from './profile.ts';
export { PROFILE_NAMES } from './profile.ts';
export { SeededRandom } from './random.ts';
// Recordings
export type { Player, PlayerOptions } from './recording/player.ts';
export { startPlayer } from './recording/player.ts';
export type { Recording } from './recording/read-recording.ts';
export { readRecording } from './recording/read-recording.ts';
export type { Recorder, RecorderOptions } from './recording/recorder.ts';
export { startRecorder } from './recording/recorder.ts';
export type {
  CloseLine,
  MediaFingerprint,
  MediaTreatment,
  MessageLine,
  OpenLine,
  RecordingHeader,
  RecordingLine,
  RefusedLine,
  TokenLine,
} from './recording/recording-line.ts';
// More of the server
export type { Credentials, Route } from './server/route.ts';
export type { Pacing } from './session/pacing.ts';
export type {
  ProtocolViolation,
  ReceivedPicture,
  ReceivedText,
  ReceivedToolResponse,
  SessionReport,
} from './session/session-record.ts';
export type { Refusal } from './session/setup-check.ts';
export type { UncompressedSeconds } from './session/uncompressed-limit.ts';
export type { PhraseTranscriberOptions, SpokenPhrase } from './transcriber/phrase-transcriber.ts';
export { PhraseTranscriber } from './transcriber/phrase-transcriber.ts';
export type { TranscribedSegment, TranscribedUtterance, Transcriber } from './transcriber/transcriber.ts';
export type { UnrecordedClose, UnrecordedCloses } from './unrecorded-closes.ts';
export type { Unverified } from './unverified.ts';
export type { VoiceChoice } from './voice/choose-voice.ts';
export { chooseVoice, VOICE_CHOICES } from './voice/choose-voice.ts';
export type { EspeakVoiceOptions } from './voice/espeak-voice.ts';
export { EspeakVoice } from './voice/espeak-voice.ts';
export type { SyntheticVoiceOptions } from './voice/synthetic-voice.ts';
export { SyntheticVoice } from './voice/synthetic-voice.ts';
export type { Voice, VoiceRequest } from './voice/voice.ts';
export { VOICE_RATE } from './voice/voice.ts';
