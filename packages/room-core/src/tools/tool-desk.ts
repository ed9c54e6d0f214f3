import {
  type EntryActor,
  type NewEntry,
  parseWithSchema,
  type RoomClientMessage,
  type RoomInfo,
} from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ModelToolCall, ToolScheduling } from '../ports/model-session.ts';
import { randomId } from '../random-id.ts';
import { within } from '../within.ts';
import { Approvals } from './approvals.ts';
import { ClientRuns, DEFAULT_TOOL_TIMEOUT_MS } from './client-runs.ts';
import { type AnyRoomTool, isClientTool, type ToolResult } from './room-tool.ts';
import { runServerTool } from './run-server-tool.ts';
import { type EndedCall, endOf, failure, type OpenCall, type ToolEnd } from './tool-call.ts';
import type { ToolMember, ToolPeople } from './tool-people.ts';

/** What a client says of tools. */
export type ToolMessage = Extract<
  RoomClientMessage,
  { readonly type: 'tools' | 'toolResult' | 'toolFailed' | 'toolDecision' }
>;

/** What a {@link ToolDesk} is made of. */
export interface ToolDeskOptions {
  readonly clock: Clock;
  readonly tools: ReadonlyMap<string, AnyRoomTool>;
  readonly people: ToolPeople;
  readonly room: () => RoomInfo;
  /** The model as the author of calls. */
  readonly model: EntryActor;
  readonly graceMs: number;
  /** Largest answer of a tool; `0`: any. */
  readonly maxResultBytes: number;
  /** Calls of the same model session, at another server: repeated, they are answered, and not run again. */
  readonly before?: readonly EndedCall[];
  readonly append: (entry: Extract<NewEntry, { kind: 'tool.call' | 'tool.result' }>) => void;
  /** Tells the model. */
  readonly answer: (call: AnsweredCall) => void;
  readonly onError: (error: unknown) => void;
}

/** An answer for the model. */
export interface AnsweredCall {
  readonly callId: string;
  readonly name: string;
  readonly response: ToolResult;
  readonly scheduling: ToolScheduling | null;
  /** Others follow. */
  readonly willContinue?: boolean;
}

interface Call extends OpenCall {
  readonly modelCallId: string;
  readonly controller: AbortController;
  timer: Timer | null;
  /** Answers given before the last one. */
  parts: number;
}

interface GivenAnswer {
  readonly answer: AnsweredCall | null;
  /** Connections of the session that were there by then. */
  connections: number;
}

/** More than a model of today opens at once. */
const MOST_OPEN = 32;
/** A service repeats calls right after a new connection, if at all. */
const MOST_REMEMBERED = 64;

/**
 * Runs what the model calls: each call once, answered once, and logged with how it ended.
 *
 * ```
 * called ──▶ (allowed?) ──▶ runs in the server, or in one browser ──▶ answered | failed | timed-out | abandoned
 *    └───────────┴────────────────────┴── not wanted any more ──▶ cancelled (model), abandoned (session, room)
 * ```
 */
export class ToolDesk {
  readonly #options: ToolDeskOptions;
  readonly #approvals: Approvals;
  readonly #clients: ClientRuns;
  readonly #open = new Map<string, Call>();
  /** Calls of this session that have ended, the oldest first. */
  readonly #given = new Map<string, GivenAnswer>();
  #connections = 1;

  constructor(options: ToolDeskOptions) {
    this.#options = options;
    const { before = [], clock, graceMs, maxResultBytes, people } = options;
    for (const call of before.slice(-MOST_REMEMBERED)) {
      this.#given.set(call.callId, { answer: { ...call, scheduling: null }, connections: 0 });
    }
    this.#approvals = new Approvals({
      ...{ clock, people },
      onDecided: (call, approved, by) => this.#decided(call, approved, by),
    });
    this.#clients = new ClientRuns({
      ...{ clock, graceMs, maxResultBytes, people },
      onAbandoned: (call, reason) => this.#end(call, failure(reason, 'abandoned')),
    });
  }

  /** The model calls. `requestedBy`: whose words made it do so. */
  start(calls: readonly ModelToolCall[], requestedBy: readonly EntryActor[]): void {
    for (const call of calls) {
      if (!this.#isRepeated(call.callId)) this.#start(call, requestedBy);
    }
  }

  /** The model does not want these answers any more. */
  cancel(callIds: readonly string[]): void {
    for (const callId of callIds) {
      const call = this.#open.get(callId);
      if (call) this.#end(call, failure('The model cancelled it.', 'cancelled'));
    }
  }

  /** The session goes on over another connection; the last answers may not have arrived. */
  sessionResumed(): void {
    this.#connections += 1;
  }

  /** The session is over: nobody waits for answers, and ids may come again. */
  sessionOver(): void {
    for (const call of [...this.#open.values()]) {
      this.#end(call, failure('The session with the model ended.', 'abandoned'), false);
    }
    this.#given.clear();
  }

  /** Somebody came, or has another role now. */
  memberChanged(member: ToolMember): void {
    this.#approvals.tellOpen(member);
  }

  /** A connection is gone. `left`: for good. */
  memberGone(member: ToolMember, left: boolean): void {
    this.#clients.memberGone(member, left);
  }

  receive(member: ToolMember, message: ToolMessage): void {
    if (message.type === 'tools') {
      this.#clients.offer(member, message.names, message.running ?? []);
      return;
    }
    const { callId } = message;
    if (message.type === 'toolDecision') {
      if (this.#approvals.decide(member, callId, message.approved) === false) refuse(member, 'decide about this call');
      return;
    }
    const isRunner = this.#clients.isRunner(member, callId);
    const call = this.#open.get(callId);
    if (isRunner === false) refuse(member, 'answer this call: it runs elsewhere');
    else if (isRunner && call) this.#end(call, this.#clientEnd(call, message));
    // Otherwise it came too late.
  }

  #clientEnd(call: Call, message: Extract<ToolMessage, { type: 'toolResult' | 'toolFailed' }>): ToolEnd {
    if (message.type === 'toolFailed') return failure(message.message);
    return endOf(call.tool.name, message.response, this.#options.maxResultBytes);
  }

  /** A call that runs goes on; one whose answer may have been lost with a connection is answered again, not run again. */
  #isRepeated(callId: string): boolean {
    if (callId === '') return false;
    const given = this.#given.get(callId);
    if (given?.answer && given.connections < this.#connections) {
      given.connections = this.#connections;
      this.#options.answer(given.answer);
    }
    return given !== undefined || this.#open.has(callId);
  }

  #start({ callId, name, args }: ModelToolCall, requestedBy: readonly EntryActor[]): void {
    const { append, model, tools } = this.#options;
    const tool = tools.get(name);
    const controller = new AbortController();
    const call: Call = {
      ...{ id: callId === '' ? randomId() : callId, modelCallId: callId, controller, signal: controller.signal },
      ...{ tool: tool ?? { name, description: '', runsIn: 'host' }, args, requestedBy },
      ...{ by: null, approvedBy: null, timer: null, parts: 0 },
    };
    this.#open.set(call.id, call);
    append({ kind: 'tool.call', actor: model, body: { callId: call.id, name, args, requestedBy } });
    if (!tool) this.#end(call, failure(`There is no tool "${name}" in this room.`));
    else if (this.#open.size > MOST_OPEN) this.#end(call, failure(`${MOST_OPEN} calls are open; call it again later.`));
    else this.#prepare(call).catch((error: unknown) => this.#options.onError(error));
  }

  async #prepare(call: Call): Promise<void> {
    const { approval, input, name, timeoutMs: ms = DEFAULT_TOOL_TIMEOUT_MS } = call.tool;
    if (input) {
      // A schema may look things up.
      const tooLate = new Error(`The arguments of "${name}" could not be checked within ${ms} ms.`);
      const wait = { clock: this.#options.clock, ms, late: () => tooLate, signal: call.signal };
      try {
        call.args = await within(wait, parseWithSchema(input, call.args));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const isLate = error === tooLate;
        this.#end(call, isLate ? failure(message, 'timed-out') : failure(`The arguments are wrong: ${message}`));
      }
    }
    if (!this.#open.has(call.id)) return;
    if (approval) this.#approvals.ask(call, approval.by, approval.timeoutMs);
    else this.#run(call);
  }

  #decided({ id }: OpenCall, approved: boolean, by: EntryActor | null): void {
    const call = this.#open.get(id);
    if (!call) return;
    call.approvedBy = approved ? by : null;
    if (approved) this.#run(call);
    else if (by) this.#end(call, failure(`${by.name} did not allow it.`));
    else this.#end(call, failure('Nobody allowed it in time.'));
  }

  #run(call: Call): void {
    const { clock, maxResultBytes: maxBytes, onError, room } = this.#options;
    const { args, id: callId, requestedBy, signal, tool } = call;
    const { name, timeoutMs = DEFAULT_TOOL_TIMEOUT_MS } = tool;
    const late = () =>
      this.#end(call, failure(`The tool "${name}" did not answer within ${timeoutMs} ms.`, 'timed-out'));
    if (timeoutMs > 0) call.timer = clock.setTimer(timeoutMs, late);
    if (isClientTool(tool)) {
      this.#clients.start(call, tool.runsIn);
      return;
    }
    const context = { room: room(), requestedBy, callId, signal };
    const onPart = (response: ToolResult) => this.#continue(call, response);
    void runServerTool(tool, args, context, { maxBytes, onError, onPart }).then((end) => this.#end(call, end));
  }

  /** The model is told what there is so far. It stands in the log with the last answer, as a count. */
  #continue(call: Call, response: ToolResult): void {
    if (this.#open.get(call.id) !== call) return;
    call.parts += 1;
    const { modelCallId: callId, tool } = call;
    const { name, scheduling = null } = tool;
    this.#options.answer({ callId, name, response, scheduling, willContinue: true });
  }

  /** Ends a call once; whatever comes after is dropped. */
  #end(open: OpenCall, { outcome, response }: ToolEnd, isWanted = outcome !== 'cancelled'): void {
    const call = this.#open.get(open.id);
    if (call !== open) return;
    const { approvedBy, by, controller, id: callId, modelCallId, parts, timer, tool } = call;
    const { name, scheduling = null } = tool;
    this.#open.delete(callId);
    timer?.cancel();
    this.#approvals.drop(callId);
    const isOwnAnswer = outcome === 'answered' || outcome === 'failed';
    this.#clients.drop(callId, isOwnAnswer);
    if (!isOwnAnswer) controller.abort(new Error(String(response.error)));
    const who = { ...(by && { by }), ...(approvedBy && { approvedBy }), ...(parts > 0 && { parts }) };
    const body = { callId, name, outcome, response, ...who };
    this.#options.append({ kind: 'tool.result', actor: roomActor, body });
    const answer = isWanted ? { callId: modelCallId, name, response, scheduling } : null;
    if (modelCallId !== '') this.#remember(callId, answer);
    if (answer) this.#options.answer(answer);
  }

  #remember(callId: string, answer: AnsweredCall | null): void {
    this.#given.set(callId, { answer, connections: this.#connections });
    const [oldest] = this.#given.keys();
    if (this.#given.size > MOST_REMEMBERED && oldest !== undefined) this.#given.delete(oldest);
  }
}

function refuse(member: ToolMember, what: string): void {
  member.send({ type: 'error', code: 'ERR_NOT_ALLOWED', message: `You cannot ${what}.` });
}
