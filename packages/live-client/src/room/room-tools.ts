import type { EntryActor, RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import type { LiveTool } from '../gemini/live-tool.ts';
import { ToolRunner } from '../gemini/tool-runner.ts';

/** A tool of the room that this page can run. The server declares it to the model, under the same name. */
export type RoomClientTool<Args = Readonly<Record<string, unknown>>> = Pick<LiveTool<Args>, 'name' | 'input' | 'run'>;

/** A call that waits for somebody here to allow it. */
export interface ToolApprovalRequest {
  readonly callId: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Whose words made the model call it. */
  readonly requestedBy: readonly EntryActor[];
  /** When it counts as refused, in milliseconds since the Unix epoch by this machine's clock; `null`: never. */
  readonly expiresAt: number | null;
}

/** What {@link RoomTools} need of their surroundings. */
export interface RoomToolsPort {
  readonly send: (message: RoomClientMessage) => void;
  readonly isOpen: () => boolean;
  readonly now: () => number;
  readonly approvalsChanged: (approvals: readonly ToolApprovalRequest[]) => void;
}

type Message<Type extends RoomServerMessage['type']> = Extract<RoomServerMessage, { readonly type: Type }>;
type Answer = Extract<RoomClientMessage, { readonly type: 'toolResult' | 'toolFailed' }>;

/** More than a room has open at once. */
const MOST_KEPT_ANSWERS = 32;

/** The tools of the room that this page runs, also over broken connections, and the calls that wait for an approval. */
export class RoomTools {
  readonly #port: RoomToolsPort;
  readonly #runner: ToolRunner;
  readonly #running = new Map<string, Message<'toolCall'>>();
  /** They may have been lost with a connection, so they are told again over the next one. */
  readonly #answers = new Map<string, Answer>();
  #approvals: readonly ToolApprovalRequest[] = [];
  /** Whether the server was told of tools; a page without any says nothing. */
  #offered = false;

  constructor(port: RoomToolsPort) {
    this.#port = port;
    this.#runner = new ToolRunner([], ({ id = '', response = {} }, failure) => {
      this.#answer(id, failure === null ? this.#result(id, response) : failed(id, failure));
    });
  }

  /** @throws TypeError when there is one of that name. */
  register<Args>({ name, input, run }: RoomClientTool<Args>): () => void {
    // How long it may take is the server's to say.
    const tool = { name, description: '', run, timeoutMs: 0, ...(input && { input }) };
    const unregister = this.#runner.register(tool);
    this.#offer();
    return () => {
      unregister();
      for (const call of [...this.#running.values()]) {
        if (call.name === name) this.#answer(call.callId, failed(call.callId, NOT_HERE));
      }
      this.#offer();
    };
  }

  /** Nothing is decided for a call that is not among the approvals. */
  decide(callId: string, approved: boolean): void {
    if (this.#approvals.some((approval) => approval.callId === callId)) {
      this.#port.send({ type: 'toolDecision', callId, approved });
    }
  }

  /** A connection is there: the server learns what this page can run, and what it is running. */
  joined(): void {
    this.#setApprovals([]);
    this.#offer([...this.#running.keys(), ...this.#answers.keys()]);
    for (const answer of this.#answers.values()) this.#port.send(answer);
  }

  /** Nothing of this room is wanted any more. */
  closed(): void {
    this.#runner.cancelAll();
    this.#running.clear();
    this.#answers.clear();
    this.#setApprovals([]);
  }

  receive(message: Message<'toolCall' | 'toolCancelled' | 'toolApproval' | 'toolDecided'>): void {
    const { callId } = message;
    switch (message.type) {
      case 'toolCall':
        this.#start(message);
        return;
      case 'toolCancelled':
        this.#running.delete(callId);
        this.#answers.delete(callId);
        this.#runner.cancel([callId]);
        return;
      case 'toolApproval': {
        const { name, args, requestedBy, deadlineMs } = message;
        const expiresAt = deadlineMs === null ? null : this.#port.now() + deadlineMs;
        this.#setApprovals([...this.#approvals, { callId, name, args, requestedBy, expiresAt }]);
        return;
      }
      case 'toolDecided':
        this.#setApprovals(this.#approvals.filter((approval) => approval.callId !== callId));
    }
  }

  #start(call: Message<'toolCall'>): void {
    const { args, callId, name } = call;
    if (this.#running.has(callId)) return;
    this.#running.set(callId, call);
    if (this.#runner.tools.some((tool) => tool.name === name)) this.#runner.start([{ id: callId, name, args }]);
    else this.#answer(callId, failed(callId, NOT_HERE));
  }

  #result(callId: string, response: Record<string, unknown>): Answer {
    const maxBytes = this.#running.get(callId)?.maxBytes ?? 0;
    const bytes = new TextEncoder().encode(JSON.stringify(response)).length;
    if (maxBytes === 0 || bytes <= maxBytes) return { type: 'toolResult', callId, response };
    return failed(callId, `The answer has ${bytes} bytes; ${maxBytes} are the most.`);
  }

  #answer(callId: string, answer: Answer): void {
    if (!this.#running.delete(callId)) return;
    this.#answers.set(callId, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_KEPT_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    if (this.#port.isOpen()) this.#port.send(answer);
  }

  #offer(running: readonly string[] = [...this.#running.keys()]): void {
    const names = this.#runner.tools.map(({ name }) => name);
    if (this.#port.isOpen() && (names.length > 0 || this.#offered)) {
      this.#offered = true;
      this.#port.send({ type: 'tools', names, ...(running.length > 0 && { running }) });
    }
  }

  #setApprovals(approvals: readonly ToolApprovalRequest[]): void {
    if (approvals.length === 0 && this.#approvals.length === 0) return;
    this.#approvals = approvals;
    this.#port.approvalsChanged(approvals);
  }
}

const NOT_HERE = 'The page does not offer this tool any more.';

function failed(callId: string, message: string): Answer {
  return { type: 'toolFailed', callId, message: message.slice(0, 1_000) };
}
