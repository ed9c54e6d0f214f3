/** Where an answer comes from. */
export interface GroundingMetadata {
  webSearchQueries?: string[];
  imageSearchQueries?: string[];
  retrievalQueries?: string[];
  /** `renderedContent` is HTML that Google asks to show; `sdkBlob` is base64. */
  searchEntryPoint?: { renderedContent?: string; sdkBlob?: string };
  groundingChunks?: GroundingChunk[];
  groundingSupports?: GroundingSupport[];
  retrievalMetadata?: { googleSearchDynamicRetrievalScore?: number };
  googleMapsWidgetContextToken?: string;
  sourceFlaggingUris?: { flagContentUri?: string; sourceId?: string }[];
}

/** One source. */
export interface GroundingChunk {
  web?: { uri?: string; title?: string; domain?: string };
  image?: { domain?: string; imageUri?: string; sourceUri?: string; title?: string };
  maps?: GroundingMaps;
  retrievedContext?: GroundingRetrievedContext;
}

/** A place as a source. */
export interface GroundingMaps {
  uri?: string;
  title?: string;
  placeId?: string;
  text?: string;
  placeAnswerSources?: {
    flagContentUri?: string;
    reviewSnippet?: GroundingReview[];
    reviewSnippets?: GroundingReview[];
  };
  /** `duration` is a duration such as `300s`. */
  route?: { distanceMeters?: number; duration?: string; encodedPolyline?: string };
}

/** What somebody wrote about a place. */
export interface GroundingReview {
  authorAttribution?: { displayName?: string; photoUri?: string; uri?: string };
  flagContentUri?: string;
  googleMapsUri?: string;
  relativePublishTimeDescription?: string;
  review?: string;
  reviewId?: string;
  title?: string;
}

/** A passage of the caller's own data as a source. */
export interface GroundingRetrievedContext {
  uri?: string;
  title?: string;
  text?: string;
  documentName?: string;
  ragChunk?: {
    chunkId?: string;
    fileId?: string;
    pageSpan?: { firstPage?: number; lastPage?: number };
    text?: string;
  };
  fileSearchStore?: string;
  mediaId?: string;
  pageNumber?: number;
  customMetadata?: {
    key?: string;
    numericValue?: number;
    stringListValue?: { values?: string[] };
    stringValue?: string;
  }[];
}

/** Which sources stand behind a stretch of the answer. */
export interface GroundingSupport {
  segment?: { startIndex?: number; endIndex?: number; partIndex?: number; text?: string };
  groundingChunkIndices?: number[];
  confidenceScores?: number[];
  renderedParts?: number[];
}

/** Pages that were read. */
export interface UrlContextMetadata {
  urlMetadata?: { retrievedUrl?: string; urlRetrievalStatus?: UrlRetrievalStatus }[];
}

/** How reading a page went. PAYWALL and UNSAFE come from the Gemini API only. */
export type UrlRetrievalStatus =
  | 'URL_RETRIEVAL_STATUS_UNSPECIFIED'
  | 'URL_RETRIEVAL_STATUS_SUCCESS'
  | 'URL_RETRIEVAL_STATUS_ERROR'
  | 'URL_RETRIEVAL_STATUS_PAYWALL'
  | 'URL_RETRIEVAL_STATUS_UNSAFE';
