import type { ModalityTokenCount, UsageMetadata } from '@colloquy/live-protocol';
import type { Profile } from '../profile.ts';
import { sumTokens, type TokenCounts } from './conversation.ts';

/** What one turn cost. */
export interface TurnCost {
  /** The whole context, without the hidden preamble. */
  readonly prompt: TokenCounts;
  readonly response: TokenCounts;
  readonly thoughtTokens: number;
}

/** What is known of a turn's cost when it begins. */
export function toPromptUsage(promptCounts: TokenCounts, profile: Profile): UsageMetadata {
  const prompt = sumTokens(promptCounts) + profile.wire.preambleTokens;
  return {
    ...count('promptTokenCount', prompt),
    ...count('totalTokenCount', prompt),
    ...list('promptTokensDetails', details(promptCounts, profile)),
  };
}

/** `usageMetadata` of a turn, under the names of the profile's backend. Zeros are left out, as proto3 JSON does. */
export function toUsageMetadata(cost: TurnCost, profile: Profile, totalIncludesThoughts = false): UsageMetadata {
  const prompt = sumTokens(cost.prompt) + profile.wire.preambleTokens;
  const response = sumTokens(cost.response);
  const usage: UsageMetadata = {
    ...count('promptTokenCount', prompt),
    ...(profile.wire.usageNames === 'candidates'
      ? count('candidatesTokenCount', response)
      : count('responseTokenCount', response)),
    ...count('totalTokenCount', prompt + response + (totalIncludesThoughts ? cost.thoughtTokens : 0)),
    // The preamble is billed but belongs to no modality: the parts do not add up to the total.
    ...list('promptTokensDetails', details(cost.prompt, profile)),
  };
  const responseDetails = details(cost.response, profile);
  // Recorded of a model that writes and has its text read out: the sound is named, and costs nothing.
  if (profile.manner.billsSpeechAsText) responseDetails.push({ modality: 'AUDIO' });
  if (profile.wire.usageNames === 'candidates') {
    Object.assign(usage, list('candidatesTokensDetails', responseDetails), { trafficType: 'ON_DEMAND' });
  } else {
    Object.assign(usage, list('responseTokensDetails', responseDetails));
    if (cost.thoughtTokens > 0) usage.thoughtsTokenCount = cost.thoughtTokens;
  }
  return usage;
}

function count<K extends keyof UsageMetadata>(name: K, tokens: number): Partial<UsageMetadata> {
  return tokens === 0 ? {} : { [name]: tokens };
}

/** A list of nothing is left out too. */
function list<K extends keyof UsageMetadata>(name: K, counts: ModalityTokenCount[]): Partial<UsageMetadata> {
  return counts.length === 0 ? {} : { [name]: counts };
}

function details(tokens: TokenCounts, profile: Profile): ModalityTokenCount[] {
  const all: ModalityTokenCount[] = [
    { modality: 'TEXT', tokenCount: tokens.text },
    { modality: 'AUDIO', tokenCount: tokens.audio },
    { modality: profile.manner.pictureModality, tokenCount: tokens.picture },
  ];
  return all.filter((part) => part.tokenCount !== 0);
}
