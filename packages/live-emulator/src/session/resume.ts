import { GeminiCloseReason } from '@colloquy/live-protocol';
import type { Profile } from '../profile.ts';
import type { UnrecordedCloses } from '../unrecorded-closes.ts';
import { Conversation } from './conversation.ts';
import type { HandleClaim, ResumableSession, ResumptionStore } from './resumption-store.ts';
import type { SessionRecord } from './session-record.ts';
import type { Refusal } from './setup-check.ts';
import { invalidArgument } from './violation.ts';

const PATH = 'setup.sessionResumption.handle';
const REMEDIES = {
  unknown: 'Use the newest handle that came in a sessionResumptionUpdate with resumable true, or none.',
  expired: 'Begin a new session: handles are good for a time after their connection ended.',
  attached: 'Close the older connection before its session is resumed.',
} as const;

/** What a session begins with. */
export interface BeginOptions {
  /** `null` for a new session. */
  readonly handle: string | null;
  /** As the setup spells it. */
  readonly model: string;
  readonly profile: Profile;
  readonly record: SessionRecord;
  readonly resumption: ResumptionStore;
  /** `null`: as long as the model's handles. */
  readonly resumptionSeconds: number | null;
  readonly closes: UnrecordedCloses;
}

/** The conversation to go on with: a new one, or that of a handle; or why it is not to be had. */
export type Begun =
  | { readonly ok: true; readonly conversation: Conversation; readonly resumable: ResumableSession }
  | { readonly ok: false; readonly refusal: Refusal };

/** Begins a session, or takes up the one that a handle stands for. */
export function beginOrResume(options: BeginOptions): Begun {
  const { handle, model, profile, record, resumption, resumptionSeconds } = options;
  if (handle === null) {
    const ttlSeconds = resumptionSeconds ?? profile.model.limits.resumptionMs / 1000;
    return { ok: true, conversation: new Conversation(), resumable: resumption.attach(record.id, model, ttlSeconds) };
  }
  const claim = resumption.claim(handle, record.id);
  if (claim.status !== 'resumed') return { ok: false, refusal: refusalOf(claim.status, options.closes) };
  const { session, conversation } = claim.point;
  record.identify({ resumedFrom: claim.previousConnectionId });
  if (session.model !== model) {
    resumption.detach(session);
    const remedy = `Resume with the model that it began with: ${session.model}.`;
    return { ok: false, refusal: invalidArgument('setup.model', remedy) };
  }
  return { ok: true, conversation: new Conversation(conversation), resumable: session };
}

function refusalOf(status: Exclude<HandleClaim['status'], 'resumed'>, { resumedWhileOpen }: UnrecordedCloses): Refusal {
  const closes = {
    unknown: { closeCode: 1008, reason: GeminiCloseReason.sessionNotFound },
    expired: { closeCode: 1008, reason: GeminiCloseReason.sessionExpired },
    attached: resumedWhileOpen,
  } as const;
  return { ...closes[status], path: PATH, remedy: REMEDIES[status] };
}
