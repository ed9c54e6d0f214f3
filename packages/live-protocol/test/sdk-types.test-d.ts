// Our message types and those of `@google/genai` are mutually assignable where they describe the same JSON. The SDK's
// string enums are compared by their values, its classes by their fields. Where the two differ, the field and the
// reason stand beside the comparison.
import type * as sdk from '@google/genai';
import type * as ours from '../src/index.ts';
import type { Agree, Expect, MutuallyAssignable } from './assert-types.ts';

/**
 * A type of the SDK as plain JSON: enum members become their values, interfaces and classes plain objects with optional
 * fields.
 */
type Plain<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? // biome-ignore lint/complexity/noBannedTypes: an empty interface of the SDK, which stands for `{}` in JSON
          {} extends { [K in keyof T]: T[K] }
          ? keyof T extends never
            ? Record<string, never>
            : { [K in keyof T]: Plain<T[K]> }
          : { [K in keyof T]: Plain<T[K]> }
        : T;

export type SameTypes = [
  // Content
  Expect<Agree<Plain<sdk.Content>, ours.Content>>,
  Expect<Agree<Plain<sdk.Part>, ours.Part>>,
  Expect<Agree<Plain<sdk.Blob>, ours.MediaBlob>>,
  Expect<Agree<Plain<sdk.FileData>, ours.FileData>>,
  Expect<Agree<Plain<sdk.FunctionCall>, ours.FunctionCall>>,
  Expect<Agree<Plain<sdk.FunctionResponse>, ours.FunctionResponse>>,
  Expect<Agree<Plain<sdk.FunctionResponsePart>, ours.FunctionResponsePart>>,
  Expect<Agree<Plain<sdk.Transcription>, ours.Transcription>>,
  // Setup
  Expect<Agree<Plain<sdk.RealtimeInputConfig>, ours.RealtimeInputConfig>>,
  Expect<Agree<Plain<sdk.AudioTranscriptionConfig>, ours.AudioTranscriptionConfig>>,
  Expect<Agree<Plain<sdk.SessionResumptionConfig>, ours.SessionResumptionConfig>>,
  Expect<Agree<Plain<sdk.ContextWindowCompressionConfig>, ours.ContextWindowCompressionConfig>>,
  Expect<Agree<Plain<sdk.ProactivityConfig>, ours.ProactivityConfig>>,
  Expect<Agree<Plain<sdk.HistoryConfig>, ours.HistoryConfig>>,
  Expect<Agree<Plain<sdk.AvatarConfig>, ours.AvatarConfig>>,
  Expect<Agree<Plain<sdk.SafetySetting>, ours.SafetySetting>>,
  Expect<Agree<Plain<sdk.SpeechConfig>, ours.SpeechConfig>>,
  Expect<Agree<Plain<sdk.ThinkingConfig>, ours.ThinkingConfig>>,
  Expect<Agree<Plain<sdk.TranslationConfig>, ours.TranslationConfig>>,
  Expect<Agree<Plain<sdk.ModelSelectionConfig>, ours.ModelConfig>>,
  // `modelSelectionConfig` in the SDK is `modelConfig` on the wire.
  Expect<Agree<Omit<Plain<sdk.GenerationConfig>, 'modelSelectionConfig'>, Omit<ours.GenerationConfig, 'modelConfig'>>>,
  // The SDK lets callers write `systemInstruction` as a text or as parts, and `tools` as callables; only `Content` and
  // `Tool` go out. `generationConfig` differs by the field above.
  Expect<
    Agree<
      Omit<Plain<sdk.LiveClientSetup>, 'systemInstruction' | 'tools' | 'generationConfig'>,
      Omit<ours.Setup, 'systemInstruction' | 'tools' | 'generationConfig'>
    >
  >,
  // Tools
  Expect<Agree<Plain<sdk.Tool>, ours.Tool>>,
  Expect<Agree<Plain<sdk.FunctionDeclaration>, ours.FunctionDeclaration>>,
  Expect<Agree<Plain<sdk.Schema>, ours.Schema>>,
  Expect<Agree<Plain<sdk.Retrieval>, ours.Retrieval>>,
  // Client messages
  Expect<Agree<Plain<sdk.LiveClientContent>, ours.ClientContent>>,
  Expect<Agree<Plain<sdk.LiveClientRealtimeInput>, ours.RealtimeInput>>,
  Expect<Agree<Plain<sdk.LiveClientToolResponse>, ours.ToolResponseMessage>>,
  // Server messages
  Expect<Agree<Plain<sdk.LiveServerSetupComplete>, ours.SetupComplete>>,
  Expect<Agree<Plain<sdk.LiveServerContent>, ours.ServerContent>>,
  Expect<Agree<Plain<sdk.LiveServerToolCall>, ours.ToolCallMessage>>,
  Expect<Agree<Plain<sdk.LiveServerToolCallCancellation>, ours.ToolCallCancellation>>,
  Expect<Agree<Plain<sdk.LiveServerGoAway>, ours.GoAway>>,
  Expect<Agree<Plain<sdk.LiveServerSessionResumptionUpdate>, ours.SessionResumptionUpdate>>,
  Expect<Agree<Plain<sdk.VoiceActivityDetectionSignal>, ours.VoiceActivityDetectionSignal>>,
  Expect<Agree<Plain<sdk.GroundingMetadata>, ours.GroundingMetadata>>,
  Expect<Agree<Plain<sdk.UrlContextMetadata>, ours.UrlContextMetadata>>,
  // The SDK renames Vertex's `candidates…` to `response…` while it reads; ours has both, as the wire does.
  Expect<Agree<Plain<sdk.UsageMetadata>, Omit<ours.UsageMetadata, 'candidatesTokenCount' | 'candidatesTokensDetails'>>>,
  // `voiceActivityType` in the SDK (which renames it in Vertex mode only) is `type` on the wire.
  Expect<Agree<Omit<Plain<sdk.VoiceActivity>, 'voiceActivityType'>, Omit<ours.VoiceActivity, 'type'>>>,
  Expect<MutuallyAssignable<Plain<sdk.VoiceActivity>['voiceActivityType'], ours.VoiceActivity['type']>>,
  // `text` and `data` are getters of the SDK's class, not fields; the two fields above differ inside.
  Expect<
    Agree<
      Omit<Plain<sdk.LiveServerMessage>, 'text' | 'data' | 'voiceActivity' | 'usageMetadata'>,
      Omit<ours.ServerMessage, 'voiceActivity' | 'usageMetadata'>
    >
  >,
];

// Whole messages. Ours is a union with exactly one field set, the SDK's has every field optional: ours goes into theirs,
// and theirs into our kinds, but one of theirs with two fields is no message of ours.
type SdkKinds = Plain<Omit<sdk.LiveClientMessage, 'setup' | 'contextUpdate'>>;
export type WholeMessages = [
  Expect<Omit<ours.ClientMessage, 'setup' | 'contextUpdate'> extends SdkKinds ? true : false>,
  Expect<Agree<SdkKinds, Partial<Omit<ours.ClientMessageKinds, 'setup' | 'contextUpdate'>>>>,
  Expect<ours.Content extends NonNullable<Plain<sdk.LiveClientSetup['systemInstruction']>> ? true : false>,
  Expect<ours.Tool[] extends NonNullable<Plain<sdk.LiveClientSetup['tools']>> ? true : false>,
  Expect<ours.Content extends NonNullable<Plain<sdk.LiveClientContextUpdate['systemInstruction']>> ? true : false>,
  Expect<keyof sdk.LiveClientContextUpdate extends keyof ours.ContextUpdate ? true : false>,
  // And without any conversion: what we read from the wire can be handed to code written for the SDK where no enum is.
  Expect<ours.MediaBlob extends sdk.Blob ? true : false>,
  Expect<sdk.Blob extends ours.MediaBlob ? true : false>,
  Expect<ours.FunctionCall extends sdk.FunctionCall ? true : false>,
  Expect<sdk.FunctionCall extends ours.FunctionCall ? true : false>,
];

// The comparison itself can fail.
export type ComparisonCanFail = [
  Expect<Agree<Plain<sdk.VoiceActivity>, ours.VoiceActivity> extends false ? true : false>,
  Expect<Agree<Plain<sdk.UsageMetadata>, ours.UsageMetadata> extends false ? true : false>,
  Expect<Agree<Plain<sdk.Transcription>, ours.WordInfo> extends false ? true : false>,
];
