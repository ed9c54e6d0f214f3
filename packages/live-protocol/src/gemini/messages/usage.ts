/** Tokens of a turn, under the names of either backend. Counts of zero are left out. */
export interface UsageMetadata {
  /** The whole context of this turn. */
  promptTokenCount?: number;
  promptTokensDetails?: ModalityTokenCount[];
  /** Gemini API. */
  responseTokenCount?: number;
  /** Gemini API. */
  responseTokensDetails?: ModalityTokenCount[];
  /** Vertex's name of `responseTokenCount`. */
  candidatesTokenCount?: number;
  /** Vertex's name of `responseTokensDetails`. */
  candidatesTokensDetails?: ModalityTokenCount[];
  cachedContentTokenCount?: number;
  cacheTokensDetails?: ModalityTokenCount[];
  toolUsePromptTokenCount?: number;
  toolUsePromptTokensDetails?: ModalityTokenCount[];
  thoughtsTokenCount?: number;
  totalTokenCount?: number;
  /** Gemini API. */
  serviceTier?: ServiceTier;
  /** Vertex. */
  trafficType?: TrafficType;
}

/** Tokens of one kind of media. Parts need not add up to the total. */
export interface ModalityTokenCount {
  modality?: MediaModality;
  tokenCount?: number;
}

/** Kinds of media that tokens are counted for. */
export type MediaModality = 'MODALITY_UNSPECIFIED' | 'TEXT' | 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';

/** How a request to the Gemini API was served. */
export type ServiceTier = 'unspecified' | 'flex' | 'standard' | 'priority';

/** How a request to Vertex was served. */
export type TrafficType =
  | 'TRAFFIC_TYPE_UNSPECIFIED'
  | 'ON_DEMAND'
  | 'ON_DEMAND_PRIORITY'
  | 'ON_DEMAND_FLEX'
  | 'ON_DEMAND_OFFPEAK'
  | 'PROVISIONED_THROUGHPUT';
