import { checkSetup, familyProfile, type ModelProfile, modelProfile, type Setup } from '@colloquy/live-protocol';
import { type Profile, type ProfileName, profileOf } from '../profile.ts';
import type { Route } from '../server/route.ts';
import { isSecondGeneration, refuseUnverified, type Unverified } from '../unverified.ts';

/** A close that a client's message or credential is answered with. */
export interface Refusal {
  readonly closeCode: number;
  /** In full; cut to size when it is sent. */
  readonly reason: string;
  /** Which field is to blame; empty when none is. */
  readonly path: string;
  /** What to change, for people; never sent. */
  readonly remedy?: string;
}

/** How a session with this setup behaves, or why it is refused. */
export type SetupDecision =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Whether a well-formed setup makes sense to its model.
 * With `override` the model may have any name, and has the abilities of the newest one of that family.
 */
export function decideSetup(
  setup: Setup,
  route: Route,
  override: ProfileName | null,
  unverified: Unverified,
): SetupDecision {
  const named = modelProfile(setup.model ?? '', route.backend);
  const isMeant = override === null || (named.known && named.status !== 'retired' && named.family === override);
  const found = isMeant ? named : familyProfile(override, route.backend);
  const model = asChosen(found, unverified);
  const profile = profileOf(model);
  const refusal =
    checkSetup(setup, model, { apiVersion: route.apiVersion, allowUnknownModel: override !== null }) ??
    refuseUnverified(setup, profile, route, unverified);
  return refusal ? { ok: false, refusal } : { ok: true, profile };
}

/** A model as the options have it where nobody knows. */
function asChosen(model: ModelProfile, choices: Unverified): ModelProfile {
  const { missingModality, proactivityVersions, vertexTurnCoverage: turnCoverage } = choices;
  const { supports } = model;
  const isOldVertex = model.backend === 'vertex' && isSecondGeneration(model.family);
  return {
    ...model,
    defaults: isOldVertex ? { ...model.defaults, turnCoverage } : model.defaults,
    ...(missingModality === 'AUDIO' ? { defaultModality: 'AUDIO' } : {}),
    supports: supports.proactivityVersions === 'any' ? supports : { ...supports, proactivityVersions },
  };
}
