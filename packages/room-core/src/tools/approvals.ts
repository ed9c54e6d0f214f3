import type { EntryActor, ParticipantRole } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import type { OpenCall } from './tool-call.ts';
import type { ToolMember, ToolPeople } from './tool-people.ts';

/** What {@link Approvals} are made of. */
export interface ApprovalsOptions {
  readonly clock: Clock;
  readonly people: ToolPeople;
  /** `by`: who decided; `null` when nobody did in time. */
  readonly onDecided: (call: OpenCall, approved: boolean, by: EntryActor | null) => void;
}

interface Question {
  readonly call: OpenCall;
  readonly role: ParticipantRole;
  readonly endsAt: number;
  readonly timer: Timer | null;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Calls that wait for somebody to allow them. The first decision counts; none in time is a refusal. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #questions = new Map<string, Question>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  ask(call: OpenCall, role: ParticipantRole, timeoutMs: number = DEFAULT_TIMEOUT_MS): void {
    const { clock, people } = this.#options;
    const timer = timeoutMs > 0 ? clock.setTimer(timeoutMs, () => this.#decided(call.id, false, null)) : null;
    const endsAt = timeoutMs > 0 ? clock.monotonic() + timeoutMs : Number.POSITIVE_INFINITY;
    const question = { call, role, endsAt, timer };
    this.#questions.set(call.id, question);
    for (const member of people.members()) this.#tell(member, question);
  }

  /** Somebody came, or has another role now: they are asked what is open. */
  tellOpen(member: ToolMember): void {
    for (const question of this.#questions.values()) this.#tell(member, question);
  }

  /** @returns whether this person may decide it; `null` when there is nothing to decide any more. */
  decide({ participantId }: ToolMember, callId: string, approved: boolean): boolean | null {
    const question = this.#questions.get(callId);
    if (!question) return null;
    if (!this.#mayDecide(participantId, question.role)) return false;
    this.#decided(callId, approved, this.#options.people.actorOf(participantId));
    return true;
  }

  /** The call has ended: whoever was asked is told so. */
  drop(callId: string): void {
    if (this.#questions.has(callId)) this.#close(callId, false, null);
  }

  #decided(callId: string, approved: boolean, by: EntryActor | null): void {
    const call = this.#close(callId, approved, by);
    if (call) this.#options.onDecided(call, approved, by);
  }

  #close(callId: string, approved: boolean, by: EntryActor | null): OpenCall | null {
    const question = this.#questions.get(callId);
    if (!question) return null;
    this.#questions.delete(callId);
    question.timer?.cancel();
    // To everybody: somebody who was asked may have another role by now.
    for (const member of this.#options.people.members()) member.send({ type: 'toolDecided', callId, approved, by });
    return question.call;
  }

  #tell(member: ToolMember, { call, endsAt, role }: Question): void {
    if (!this.#mayDecide(member.participantId, role)) return;
    const { args, id: callId, requestedBy, tool } = call;
    const leftMs = endsAt - this.#options.clock.monotonic();
    const deadlineMs = Number.isFinite(leftMs) ? Math.max(0, Math.ceil(leftMs)) : null;
    member.send({ type: 'toolApproval', callId, name: tool.name, args, requestedBy, deadlineMs });
  }

  #mayDecide(participantId: string, role: ParticipantRole): boolean {
    const own = this.#options.people.roleOf(participantId);
    return own === role || own === 'host';
  }
}
