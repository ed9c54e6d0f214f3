import type { AuthConfig } from './auth-config.ts';

/** Looks things up in the caller's own data; Vertex only. */
export interface Retrieval {
  disableAttribution?: boolean;
  externalApi?: ExternalApi;
  vertexAiSearch?: VertexAiSearch;
  vertexRagStore?: VertexRagStore;
}

/** A search service of the caller. */
export interface ExternalApi {
  apiAuth?: { apiKeyConfig?: { apiKeySecretVersion?: string; apiKeyString?: string } };
  apiSpec?: 'API_SPEC_UNSPECIFIED' | 'SIMPLE_SEARCH' | 'ELASTIC_SEARCH';
  authConfig?: AuthConfig;
  elasticSearchParams?: { index?: string; numHits?: number; searchTemplate?: string };
  endpoint?: string;
  simpleSearchParams?: Record<string, never>;
}

/** Vertex AI Search. */
export interface VertexAiSearch {
  dataStoreSpecs?: { dataStore?: string; filter?: string }[];
  datastore?: string;
  engine?: string;
  filter?: string;
  maxResults?: number;
}

/** Vertex RAG stores. */
export interface VertexRagStore {
  ragCorpora?: string[];
  ragResources?: { ragCorpus?: string; ragFileIds?: string[] }[];
  ragRetrievalConfig?: {
    filter?: { metadataFilter?: string; vectorDistanceThreshold?: number; vectorSimilarityThreshold?: number };
    hybridSearch?: { alpha?: number };
    ranking?: { llmRanker?: { modelName?: string }; rankService?: { modelName?: string } };
    topK?: number;
  };
  similarityTopK?: number;
  /** Keeps the session's context in the corpus. */
  storeContext?: boolean;
  vectorDistanceThreshold?: number;
}
