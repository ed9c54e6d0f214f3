import type { Clock, Timer } from '../ports/clock.ts';
import type { ToolPlace } from './room-tool.ts';
import type { OpenCall } from './tool-call.ts';
import type { ToolMember, ToolPeople } from './tool-people.ts';

/** What {@link ClientRuns} are made of. */
export interface ClientRunsOptions {
  readonly clock: Clock;
  readonly people: ToolPeople;
  /** How long a tab whose connection broke may take to come back, in milliseconds. */
  readonly graceMs: number;
  /** Largest answer, as clients are told. */
  readonly maxResultBytes: number;
  /** Nobody is left who could run it, or may have run it already. */
  readonly onAbandoned: (call: OpenCall, reason: string) => void;
}

interface Run {
  readonly call: OpenCall;
  readonly place: ToolPlace;
  /** Tabs that have had it. */
  readonly tried: Set<string>;
  tab: string;
  /** `null` while the connection of the tab is broken. */
  member: ToolMember | null;
  grace: Timer | null;
}

/**
 * Calls that run in browsers, each in one tab. A tab that loses its connection and is back in time goes on with what it
 * still runs. When it is gone the call goes to another one only if running it twice does no harm.
 */
export class ClientRuns {
  readonly #options: ClientRunsOptions;
  /** Tools that a connection can run. */
  readonly #offers = new Map<ToolMember, ReadonlySet<string>>();
  readonly #runs = new Map<string, Run>();

  constructor(options: ClientRunsOptions) {
    this.#options = options;
  }

  start(call: OpenCall, place: ToolPlace): void {
    const run: Run = { call, place, tried: new Set(), tab: '', member: null, grace: null };
    this.#runs.set(call.id, run);
    this.#route(run);
  }

  /** The call has ended: its tab is told, unless it knows. */
  drop(callId: string, isAnswered: boolean): void {
    const run = this.#runs.get(callId);
    if (!run) return;
    this.#runs.delete(callId);
    run.grace?.cancel();
    if (!isAnswered) run.member?.send({ type: 'toolCancelled', callId });
  }

  /** A client says what it can run, and which calls it is still running. */
  offer(member: ToolMember, names: readonly string[], running: readonly string[]): void {
    const tab = tabOf(member);
    this.#offers.set(member, new Set(names));
    for (const run of [...this.#runs.values()]) {
      if (run.tab !== tab || run.member === member) continue;
      run.grace?.cancel();
      run.grace = null;
      // A page that was loaded anew knows nothing of it.
      if (running.includes(run.call.id)) run.member = member;
      else this.#moveOn(run);
    }
    // What ended meanwhile.
    for (const callId of running) if (!this.#runs.has(callId)) member.send({ type: 'toolCancelled', callId });
  }

  /** Whether the call runs there; `null`: it has ended. */
  isRunner(member: ToolMember, callId: string): boolean | null {
    const run = this.#runs.get(callId);
    return run ? run.member === member : null;
  }

  /** The connection is gone. `left`: for good. */
  memberGone(member: ToolMember, left: boolean): void {
    this.#offers.delete(member);
    const { clock, graceMs } = this.#options;
    for (const run of [...this.#runs.values()]) {
      if (run.member !== member) continue;
      run.member = null;
      if (left) this.#moveOn(run);
      else run.grace = clock.setTimer(graceMs, () => this.#moveOn(run));
    }
  }

  #moveOn(run: Run): void {
    run.member = null;
    if (run.call.tool.idempotent) this.#route(run);
    else this.#options.onAbandoned(run.call, 'Whoever ran it has left.');
  }

  #route(run: Run): void {
    const { call, tried } = run;
    const member = this.#candidates(run).find((candidate) => !tried.has(tabOf(candidate)));
    if (!member) {
      this.#options.onAbandoned(call, 'Nobody who could run it is here.');
      return;
    }
    run.member = member;
    run.tab = tabOf(member);
    tried.add(run.tab);
    call.by = this.#options.people.actorOf(member.participantId);
    const { id: callId, args, tool } = call;
    const { maxResultBytes: maxBytes } = this.#options;
    const deadlineMs = tool.timeoutMs === 0 ? null : (tool.timeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS);
    member.send({ type: 'toolCall', callId, name: tool.name, args, deadlineMs, maxBytes });
  }

  /** Who may run it, those who asked for it first. */
  #candidates({ call, place }: Run): readonly ToolMember[] {
    const { people } = this.#options;
    const asked = call.requestedBy.map(({ participantId }) => participantId);
    const offering = Array.from(people.members()).filter((member) => this.#offers.get(member)?.has(call.tool.name));
    const among = (participantId: string) => offering.filter((member) => member.participantId === participantId);
    const askers = asked.flatMap(among);
    if (place === 'requester') return askers;
    const role = place === 'host' ? place : place.role;
    const others = offering.filter(({ participantId }) => !asked.includes(participantId));
    return [...askers, ...others].filter(({ participantId }) => people.roleOf(participantId) === role);
  }
}

/** Longest run of a tool that says nothing of it, in milliseconds. */
export const DEFAULT_TOOL_TIMEOUT_MS = 60_000;

function tabOf({ clientId, participantId }: ToolMember): string {
  return JSON.stringify([participantId, clientId]);
}
