/** Transcription of one direction of audio. */
export interface AudioTranscriptionConfig {
  /** BCP 47 hints; empty is automatic. */
  languageCodes?: string[];
  customVocabulary?: string[];
  wordTimestamp?: boolean;
  diarization?: boolean;
  /** `SMART` excludes timestamps and diarization. */
  mode?: 'MODE_UNSPECIFIED' | 'VERBATIM' | 'SMART';
  sourceText?: string;
  /** @deprecated Leave `languageCodes` empty. */
  languageAuto?: Record<string, never>;
  /** @deprecated Use `languageCodes`. */
  languageHints?: { languageCodes?: string[] };
  /** @deprecated Use `customVocabulary`. */
  adaptationPhrases?: string[];
}
