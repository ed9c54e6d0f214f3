import type {
  FunctionCall,
  GroundingMetadata,
  InteractionStatus,
  ModalityTokenCount,
  Part,
  ServiceTier,
  TrafficType,
  Transcription,
  TurnCompleteReason,
  UrlContextMetadata,
  UsageMetadata,
  WordInfo,
} from './messages.ts';

/** One meaning of a server message. */
export type ServerEvent =
  | {
      readonly type: 'setupComplete';
      /** Vertex only. */
      readonly sessionId: string | null;
      /** Proof of a verified consent recording. */
      readonly voiceConsentSignature: string | null;
    }
  | {
      readonly type: 'audio';
      /** 16-bit little-endian PCM, mono. */
      readonly data: Uint8Array<ArrayBuffer>;
      /** Hertz; 24 000 where the service does not say. */
      readonly sampleRate: number;
      /** The words of exactly this audio, where the service sends them with it. */
      readonly transcription: Transcription | null;
    }
  | {
      readonly type: 'text';
      readonly text: string;
      /** `true`: a summary of the model's thinking. */
      readonly thought: boolean;
    }
  /** Anything else the model produced: video, code, results, function calls in a turn. */
  | { readonly type: 'part'; readonly part: Part }
  | {
      readonly type: 'inputTranscription';
      readonly text: string;
      readonly finished: boolean;
      /** `true`: a quick guess that the next one replaces. */
      readonly interim: boolean;
      readonly languageCode?: string;
      readonly speakerLabel?: string;
      readonly words?: readonly WordInfo[];
    }
  | { readonly type: 'outputTranscription'; readonly text: string; readonly finished: boolean }
  /** Stop playing what was sent. */
  | { readonly type: 'interrupted' }
  | { readonly type: 'generationComplete' }
  /** `reason` is `null` for a turn that simply ended. */
  | { readonly type: 'turnComplete'; readonly reason: TurnCompleteReason | null }
  | { readonly type: 'waitingForInput' }
  | { readonly type: 'interactionStatus'; readonly status: InteractionStatus }
  | { readonly type: 'grounding'; readonly metadata: GroundingMetadata }
  | { readonly type: 'urlContext'; readonly metadata: UrlContextMetadata }
  | { readonly type: 'toolCall'; readonly calls: readonly ReceivedFunctionCall[] }
  | { readonly type: 'toolCallCancellation'; readonly ids: readonly string[] }
  /** 0 where the service does not say how long. */
  | { readonly type: 'goAway'; readonly timeLeftMs: number }
  | {
      readonly type: 'sessionResumptionUpdate';
      /** `null` while the session cannot be resumed. */
      readonly handle: string | null;
      readonly resumable: boolean;
      readonly lastConsumedClientMessageIndex: number | null;
    }
  | {
      readonly type: 'voiceActivity';
      readonly edge: 'start' | 'end';
      /** Milliseconds since the audio began, where the service says. */
      readonly audioOffsetMs: number | null;
    }
  | {
      readonly type: 'usage';
      readonly usage: TokenUsage;
      /** As it came. */
      readonly raw: UsageMetadata;
    };

/** A function call with what a caller needs present. */
export interface ReceivedFunctionCall extends FunctionCall {
  /** Empty where the service sends none. */
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** {@link UsageMetadata} with one name per count on both backends, and zeros filled in. */
export interface TokenUsage {
  readonly promptTokenCount: number;
  readonly responseTokenCount: number;
  readonly totalTokenCount: number;
  readonly thoughtsTokenCount: number;
  readonly cachedContentTokenCount: number;
  readonly toolUsePromptTokenCount: number;
  readonly promptTokensDetails: readonly Required<ModalityTokenCount>[];
  readonly responseTokensDetails: readonly Required<ModalityTokenCount>[];
  readonly cacheTokensDetails: readonly Required<ModalityTokenCount>[];
  readonly toolUsePromptTokensDetails: readonly Required<ModalityTokenCount>[];
  readonly serviceTier?: ServiceTier;
  readonly trafficType?: TrafficType;
}
