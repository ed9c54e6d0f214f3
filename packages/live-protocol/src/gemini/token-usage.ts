import { isObject, listOf, numberOf, stringOf } from './lenient.ts';
import type { ModalityTokenCount, UsageMetadata } from './messages.ts';
import type { TokenUsage } from './server-event.ts';

/** One name per count, whichever backend it came from. */
export function toTokenUsage(usage: UsageMetadata): TokenUsage {
  const serviceTier = stringOf<NonNullable<UsageMetadata['serviceTier']>>(usage.serviceTier);
  const trafficType = stringOf<NonNullable<UsageMetadata['trafficType']>>(usage.trafficType);
  return {
    promptTokenCount: numberOf(usage.promptTokenCount),
    responseTokenCount: numberOf(usage.responseTokenCount ?? usage.candidatesTokenCount),
    totalTokenCount: numberOf(usage.totalTokenCount),
    thoughtsTokenCount: numberOf(usage.thoughtsTokenCount),
    cachedContentTokenCount: numberOf(usage.cachedContentTokenCount),
    toolUsePromptTokenCount: numberOf(usage.toolUsePromptTokenCount),
    promptTokensDetails: toDetails(usage.promptTokensDetails),
    responseTokensDetails: toDetails(usage.responseTokensDetails ?? usage.candidatesTokensDetails),
    cacheTokensDetails: toDetails(usage.cacheTokensDetails),
    toolUsePromptTokensDetails: toDetails(usage.toolUsePromptTokensDetails),
    ...(serviceTier !== null && { serviceTier }),
    ...(trafficType !== null && { trafficType }),
  };
}

function toDetails(details: unknown): Required<ModalityTokenCount>[] {
  return listOf(details)
    .filter(isObject)
    .map(({ modality, tokenCount }) => ({
      modality: stringOf<Required<ModalityTokenCount>['modality']>(modality) ?? 'MODALITY_UNSPECIFIED',
      tokenCount: numberOf(tokenCount),
    }));
}
