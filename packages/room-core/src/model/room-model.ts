import {
  costOf,
  type EffectiveSetup,
  type EntryActor,
  type EntryKind,
  type InflightMessage,
  MEDIA_HEADER_BYTES,
  type ModelState,
  type RoomConfiguration,
  type RoomInfo,
  type RoomUsage,
} from '@colloquy/live-protocol';
import { VoiceTimeline } from '../attribution/voice-timeline.ts';
import type { RoomMeter } from '../metering/room-meter.ts';
import { RoomMetering } from '../metering/room-metering.ts';
import type { NodeTenure } from '../nodes/node-tenure.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelPort, ToolDeclaration } from '../ports/model-session.ts';
import type { Roster } from '../presence/roster.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { EmitRoomEvent } from '../room/live-room-options.ts';
import type { Outlet } from '../room/outlet.ts';
import type { RoomLog } from '../room/room-log.ts';
import { needsRestart } from '../room-configuration.ts';
import type { RoomSettings } from '../settings.ts';
import { declarationsOf } from '../tools/check-tools.ts';
import type { ToolDesk } from '../tools/tool-desk.ts';
import { AskedOnce, type AskingEntry } from './asking-texts.ts';
import { ModelDesk, type ModelDeskOptions } from './model-desk.ts';

/** What a {@link RoomModel} is made of. */
export interface RoomModelOptions {
  /** `null`: people are among themselves. */
  readonly port: ModelPort | null;
  readonly actor: EntryActor;
  readonly clock: Clock;
  readonly settings: RoomSettings;
  readonly meter: RoomMeter;
  readonly room: () => RoomInfo;
  readonly log: RoomLog;
  readonly roster: Roster;
  readonly outlet: Outlet;
  readonly tools: ToolDesk;
  /** Keeps what another server needs to go on with the session. */
  readonly session: NodeTenure['session'] | null;
  readonly anybodySpeaks: () => boolean;
  /** `null` while nothing is recorded. */
  readonly recorder: () => Recorder | null;
  /** Who has to know what people hear of the model. */
  readonly ears: () => { hearModel(pcm: Uint8Array): void; stopModel(): void };
  /** From now on the model may be shown this share of the pictures that the limits allow, 0 to 1. */
  readonly sharePictures: (share: number) => void;
  /** Texts that nobody has answered yet, oldest first: the model is asked them when it is needed. */
  readonly unanswered: readonly AskingEntry[];
  readonly emit: EmitRoomEvent;
  readonly onError: (error: unknown) => void;
}

/** Of pictures and history, when little of the budget is left. */
const LOW_SHARE = 0.25;

/** Entries that tell of a session. */
const SESSION_OUTCOMES: { readonly [K in EntryKind]?: 'started' | 'resumed' | 'lost' } = {
  ...{ 'session.started': 'started', 'session.resumed': 'resumed', 'session.lost': 'lost' },
};

/** The model of a room, within the room's budget; there may be none. */
export class RoomModel {
  /** Who spoke when. */
  readonly timeline: VoiceTimeline;
  readonly metering: RoomMetering;
  readonly desk: ModelDesk | null;
  readonly #options: RoomModelOptions;
  readonly #declarations: readonly ToolDeclaration[];
  readonly #askedOnce = new AskedOnce();
  #unanswered: readonly AskingEntry[];
  #resume: string | null;

  constructor(options: RoomModelOptions) {
    const { meter, port, session, settings } = options;
    this.#options = options;
    this.#unanswered = options.unanswered;
    this.#resume = session?.before ?? null;
    this.#declarations = declarationsOf(settings.tools.values());
    this.metering = this.#createMetering();
    this.timeline = new VoiceTimeline((speaker, ms) => meter.voiced(speaker, ms));
    this.desk = port && new ModelDesk(this.#deskOptions(port));
  }

  get state(): ModelState {
    return this.desk?.state ?? { status: 'off', turn: 0 };
  }

  /** Messages that grow at this moment. */
  get inflight(): readonly InflightMessage[] {
    return this.desk?.inflight ?? [];
  }

  get usage(): RoomUsage {
    return this.metering.usage;
  }

  /** Of the pictures that the limits allow, how many the budget leaves: 0 to 1. */
  get pictureShare(): number {
    return shareAt(this.usage.budget);
  }

  /** The setup as it really is; `null` where nobody can say. */
  get effective(): EffectiveSetup | null {
    const { port, room } = this.#options;
    return this.#orNull(() => port?.effective?.(room().configuration, this.#declarations));
  }

  get name(): string | null {
    const { port, room } = this.#options;
    return this.#orNull(() => port?.modelName(room().configuration));
  }

  /** Somebody is here, or needs an answer. */
  wake(): void {
    this.#ask(this.#takeUnanswered());
    this.desk?.wake();
  }

  /** A text stands in the log; the model is asked it, if it is for the model and was not asked before. */
  ask(entry: AskingEntry): void {
    const before = this.#askedOnce.renumber(entry);
    if (before !== null) this.desk?.renumbered(before, entry.seq);
    this.#ask([...this.#takeUnanswered(), entry]);
  }

  #takeUnanswered(): readonly AskingEntry[] {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    return unanswered;
  }

  #ask(entries: readonly AskingEntry[]): void {
    const { desk, metering } = this;
    const texts = entries.filter((entry) => this.#askedOnce.take(entry));
    if (!desk || texts.length === 0) return;
    const refusals = new Map(texts.map(({ actor }) => [actor.participantId, metering.refusal(actor.participantId)]));
    desk.ask(texts.filter(({ actor }) => !refusals.get(actor.participantId)));
    // Their texts stand in the log; nobody answers them.
    for (const [participantId, refusal] of refusals) {
      if (refusal) this.#options.outlet.tell(participantId, { type: 'error', ...refusal });
    }
  }

  /** The room has another configuration than `before`. */
  configured(before: RoomConfiguration): void {
    const { port, room } = this.#options;
    if (needsRestart(port, before, room().configuration)) this.desk?.restart();
  }

  /** Ends the session; what is half said becomes an entry. Resolves when the session is closed. */
  async sleep(why?: 'closed' | 'failover'): Promise<void> {
    await this.desk?.sleep(why);
  }

  /** Ends the session with nobody waiting for it. */
  rest(): void {
    this.sleep().catch(this.#options.onError);
  }

  #createMetering(): RoomMetering {
    const { clock, emit, meter, onError, outlet, room, settings, sharePictures } = this.#options;
    return new RoomMetering({
      ...{ clock, meter, onError, room, budget: settings.budget },
      costOf: (usage) => costOf(usage, this.name ?? '', settings.prices),
      broadcast: (message) => outlet.broadcast(message),
      tell: (participantId, message) => outlet.tell(participantId, message),
      onLevel: ({ level, reason }) => {
        emit('budgetReached', { room: room(), level, total: this.usage });
        sharePictures(shareAt(level));
        if (level === 'spent') this.desk?.leave('ERR_BUDGET_SPENT', reason);
      },
    });
  }

  #deskOptions(port: ModelPort): ModelDeskOptions {
    const { actor, anybodySpeaks, clock, ears, emit, log, onError, outlet, recorder, room, roster } = this.#options;
    const { metering, timeline } = this;
    return {
      ...{ actor, anybodySpeaks, clock, onError, timeline, tools: this.#options.tools },
      open: (onEvent, signal, before) => this.#openSession(port, onEvent, signal, before),
      broadcast: (message) => {
        if (message.type === 'interrupted') {
          recorder()?.interruptModel();
          ears().stopModel();
        }
        outlet.broadcast(message);
      },
      broadcastAudio: (frame) => {
        const pcm = frame.subarray(MEDIA_HEADER_BYTES);
        recorder()?.hearModel(pcm);
        ears().hearModel(pcm);
        outlet.broadcastMedia(frame);
      },
      append: (entry) => {
        const outcome = SESSION_OUTCOMES[entry.kind];
        if (outcome) emit('measured', { room: room(), measurement: { type: 'session', outcome } });
        log.write(entry);
      },
      onSpeaking: (speaking) => roster.setModelSpeaking(speaking),
      onTurn: (turn, reason) => emit('turnCompleted', { room: room(), ...turn, reason }),
      onUsage: (turn, usage, speakers) => {
        const cost = metering.turn(usage, speakers);
        emit('usageReported', { room: room(), turn, usage, speakers, cost, total: metering.usage });
      },
      meter: metering.meter,
      refusal: () => {
        const { level, reason } = metering.state;
        return level === 'spent' ? reason : null;
      },
      onResumable: (handle) => this.#options.session?.keep(handle),
    };
  }

  #openSession(port: ModelPort, ...[onEvent, signal, before]: Parameters<ModelDeskOptions['open']>) {
    const { log, room, roster } = this.#options;
    const { configuration, id: roomId } = room();
    return port.open({
      ...{ configuration, onEvent, roomId, signal },
      ...this.#takeResume(),
      tools: this.#declarations,
      roster: () => roster.names(),
      history: () => log.turns(before(), this.#historyTurns),
    });
  }

  /** The first session goes on where another server's ended. */
  #takeResume(): { readonly resume?: string } {
    const handle = this.#resume;
    this.#resume = null;
    return handle === null ? {} : { resume: handle };
  }

  /** Messages that a fresh session is told of the past. */
  get #historyTurns(): number {
    return Math.ceil(this.#options.settings.historyTurns * shareAt(this.usage.budget));
  }

  /** What the application's model says of itself; one that fails to says nothing. */
  #orNull<T>(ask: () => T | null | undefined): T | null {
    try {
      return ask() ?? null;
    } catch (error) {
      this.#options.onError(error);
      return null;
    }
  }
}

function shareAt(budget: RoomUsage['budget']): number {
  return budget === 'fine' ? 1 : LOW_SHARE;
}
