import type { AuthConfig } from './auth-config.ts';
import type { Retrieval } from './retrieval.ts';

/** What the model may use. One object can set several members. */
export interface Tool {
  functionDeclarations?: FunctionDeclaration[];
  googleSearch?: GoogleSearch;
  /** Older form of {@link GoogleSearch}. */
  googleSearchRetrieval?: GoogleSearchRetrieval;
  codeExecution?: Record<string, never>;
  urlContext?: Record<string, never>;
  googleMaps?: GoogleMaps;
  computerUse?: ComputerUse;
  /** Gemini API only. */
  fileSearch?: FileSearch;
  /** Gemini API only. */
  mcpServers?: McpServer[];
  /** Vertex only. */
  retrieval?: Retrieval;
  /** Vertex only. */
  enterpriseWebSearch?: EnterpriseWebSearch;
  /** Vertex only. */
  exaAiSearch?: ExaAiSearch;
  /** Vertex only. */
  parallelAiSearch?: ParallelAiSearch;
}

/** A function that the client runs for the model. */
export interface FunctionDeclaration {
  /** A letter or `_`, then letters, digits, `_`, `.`, `:`, `-`; at most 128. */
  name?: string;
  description?: string;
  behavior?: FunctionBehavior;
  /** Either this or `parametersJsonSchema`. */
  parameters?: Schema;
  parametersJsonSchema?: unknown;
  response?: Schema;
  responseJsonSchema?: unknown;
}

/** Whether the model waits for the answer (`BLOCKING`) or talks on (`NON_BLOCKING`). The default depends on the model. */
export type FunctionBehavior = 'UNSPECIFIED' | 'BLOCKING' | 'NON_BLOCKING';

/** Google's subset of an OpenAPI 3 schema. Counts are int64, so strings on the wire. */
export interface Schema {
  type?: SchemaType;
  format?: string;
  title?: string;
  description?: string;
  nullable?: boolean;
  default?: unknown;
  example?: unknown;
  enum?: string[];
  items?: Schema;
  minItems?: string;
  maxItems?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyOrdering?: string[];
  minProperties?: string;
  maxProperties?: string;
  minimum?: number;
  maximum?: number;
  minLength?: string;
  maxLength?: string;
  pattern?: string;
  anyOf?: Schema[];
}

/** Types of a {@link Schema}; the wire takes any case. */
export type SchemaType = 'TYPE_UNSPECIFIED' | 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'ARRAY' | 'OBJECT' | 'NULL';

/** Web search by Google. */
export interface GoogleSearch {
  searchTypes?: { webSearch?: Record<string, never>; imageSearch?: Record<string, never> };
  /** Only results from this time. RFC 3339. */
  timeRangeFilter?: { startTime?: string; endTime?: string };
  /** Vertex only. */
  excludeDomains?: string[];
  /** Vertex only. */
  blockingConfidence?: PhishBlockThreshold;
}

/** Sites at or above this confidence of being phishing are left out. */
export type PhishBlockThreshold =
  | 'PHISH_BLOCK_THRESHOLD_UNSPECIFIED'
  | 'BLOCK_LOW_AND_ABOVE'
  | 'BLOCK_MEDIUM_AND_ABOVE'
  | 'BLOCK_HIGH_AND_ABOVE'
  | 'BLOCK_HIGHER_AND_ABOVE'
  | 'BLOCK_VERY_HIGH_AND_ABOVE'
  | 'BLOCK_ONLY_EXTREMELY_HIGH';

/** Web search of the first generation. */
export interface GoogleSearchRetrieval {
  dynamicRetrievalConfig?: { mode?: 'MODE_UNSPECIFIED' | 'MODE_DYNAMIC'; dynamicThreshold?: number };
}

/** Places and routes. */
export interface GoogleMaps {
  authConfig?: AuthConfig;
  enableWidget?: boolean;
  /** Vertex only. */
  groundingTypes?: { places?: Record<string, never>; routing?: Record<string, never> };
}

/** Lets the model operate a computer. */
export interface ComputerUse {
  environment?: ComputerUseEnvironment;
  excludedPredefinedFunctions?: string[];
  enablePromptInjectionDetection?: boolean;
  /** Gemini API only. */
  disabledSafetyPolicies?: ComputerUseSafetyPolicy[];
}

/** What is operated. */
export type ComputerUseEnvironment =
  | 'ENVIRONMENT_UNSPECIFIED'
  | 'ENVIRONMENT_BROWSER'
  | 'ENVIRONMENT_MOBILE'
  | 'ENVIRONMENT_DESKTOP';

/** Acts that computer use asks about first, unless switched off. */
export type ComputerUseSafetyPolicy =
  | 'SAFETY_POLICY_UNSPECIFIED'
  | 'FINANCIAL_TRANSACTIONS'
  | 'SENSITIVE_DATA_MODIFICATION'
  | 'COMMUNICATION_TOOL'
  | 'ACCOUNT_CREATION'
  | 'DATA_MODIFICATION'
  | 'USER_CONSENT_MANAGEMENT'
  | 'LEGAL_TERMS_AND_AGREEMENTS';

/** Search in stores of files. */
export interface FileSearch {
  fileSearchStoreNames?: string[];
  metadataFilter?: string;
  topK?: number;
}

/** A tool server that the service calls by the Model Context Protocol. */
export interface McpServer {
  name?: string;
  streamableHttpTransport?: {
    url?: string;
    headers?: Record<string, string>;
    /** Durations such as `10s`. */
    timeout?: string;
    sseReadTimeout?: string;
    terminateOnClose?: boolean;
  };
}

/** Web search with an enterprise's guarantees. */
export interface EnterpriseWebSearch {
  excludeDomains?: string[];
  blockingConfidence?: PhishBlockThreshold;
}

/** Search by Exa. */
export interface ExaAiSearch {
  apiKey?: string;
  customConfigs?: Record<string, unknown>;
}

/** Search by Parallel. */
export interface ParallelAiSearch {
  apiKey?: string;
  customConfigs?: Record<string, unknown>;
  enableDataRetention?: boolean;
  enableZeroDataRetention?: boolean;
}
