import type { TokenSplit } from '@colloquy/live-protocol';
import {
  type Attributes,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { LiveProxyError } from './errors.ts';
import type { LiveProxyErrorContext, LiveProxyEvent } from './reporter.ts';
import type { SessionInfo } from './session-registry.ts';

/** Where metrics and spans go instead of the providers that the process has registered. */
export interface TelemetryOptions {
  readonly meter?: Meter;
  readonly tracer?: Tracer;
}

/** What {@link Telemetry} may look at when metrics are collected. */
export interface TelemetrySources {
  readonly sessions: () => readonly SessionInfo[];
  readonly session: (sessionId: string) => SessionInfo | null;
}

const scope = '@colloquy/live-proxy';
const name = (rest: string): string => `colloquy.live_proxy.${rest}`;
const modalities = ['text', 'audio', 'image', 'video', 'document'] as const;

/**
 * Metrics and spans by OpenTelemetry's API, which does nothing until the application registers an SDK. Everything is
 * learned from events, so nothing of what people say, who they are, or a secret can be in it.
 */
export class Telemetry {
  readonly #sources: TelemetrySources;
  readonly #tracer: Tracer;
  readonly #instruments: ReturnType<typeof createInstruments>;
  readonly #spanOf = new Map<string, Span>();
  readonly #stopObserving: () => void;

  constructor({ meter, tracer }: TelemetryOptions, sources: TelemetrySources) {
    this.#sources = sources;
    this.#tracer = tracer ?? trace.getTracer(scope);
    const given = meter ?? metrics.getMeter(scope);
    this.#instruments = createInstruments(given);
    const gauge = given.createObservableGauge(name('sessions'), {
      unit: '{session}',
      description: 'Sessions that are open, by state.',
    });
    const observe: Parameters<typeof gauge.addCallback>[0] = (result) => {
      const countOf = new Map<string, number>();
      for (const { state } of sources.sessions()) countOf.set(state, (countOf.get(state) ?? 0) + 1);
      for (const [state, count] of countOf) result.observe(count, { state });
      if (countOf.size === 0) result.observe(0, { state: 'relaying' });
    };
    gauge.addCallback(observe);
    this.#stopObserving = () => gauge.removeCallback(observe);
  }

  event(event: LiveProxyEvent): void {
    const { refused, connect, changes, turns, tokens, cost, notices } = this.#instruments;
    switch (event.type) {
      case 'upgradeRefused':
        refused.add(1, { code: event.code, status: event.status });
        break;
      case 'sessionOpened':
        this.#spanOf.set(
          event.sessionId,
          this.#tracer.startSpan(name('session'), {
            kind: SpanKind.SERVER,
            attributes: { 'session.id': event.sessionId },
          }),
        );
        break;
      case 'upstreamOpened':
        connect.record(event.elapsedMs / 1_000, { model: event.model });
        this.#span(event.sessionId)?.setAttributes({ model: event.model, upstream: event.upstream });
        this.#tell(event.sessionId, 'upstreamOpened', { elapsed_ms: Math.round(event.elapsedMs) });
        break;
      case 'continuityChanged':
        changes.add(1, { state: event.state, ...codeOf(event.code) });
        this.#tell(event.sessionId, 'continuityChanged', { state: event.state, ...codeOf(event.code) });
        break;
      case 'usageReported': {
        const { model, turn } = event;
        turns.add(1, { model });
        this.#tokens(turn.prompt, 'prompt', model);
        this.#tokens(turn.response, 'response', model);
        if (turn.thoughtTokens > 0) tokens.add(turn.thoughtTokens, { model, direction: 'thoughts', modality: 'text' });
        if (event.turnCost !== null) cost.add(event.turnCost, { model });
        break;
      }
      case 'noticeGiven':
        notices.add(1, { code: event.code });
        break;
      case 'sessionClosed':
        this.#closed(event);
        break;
      default:
        event satisfies never;
    }
  }

  error(error: LiveProxyError, { stage, sessionId }: LiveProxyErrorContext): void {
    this.#instruments.errors.add(1, { code: error.code, stage });
    if (sessionId !== null) this.#tell(sessionId, 'error', { code: error.code, stage });
  }

  /** The proxy is closed: its gauge would be observed for ever. */
  dispose(): void {
    this.#stopObserving();
  }

  #closed(event: Extract<LiveProxyEvent, { type: 'sessionClosed' }>): void {
    const { duration, messages, bytes, audio, pictures } = this.#instruments;
    const { sessionId, closedBy, code, cause, durationMs, usage } = event;
    const attributes = { closed_by: closedBy, close_code: code, ...codeOf(cause?.code ?? null) };
    duration.record(durationMs / 1_000, attributes);
    const session = this.#sources.session(sessionId);
    if (session !== null) {
      for (const direction of ['received', 'sent'] as const) {
        messages.add(session[direction].messages, { direction });
        bytes.add(session[direction].bytes, { direction });
      }
    }
    audio.add(usage.audioSecondsIn, { direction: 'received' });
    audio.add(usage.audioSecondsOut, { direction: 'sent' });
    pictures.add(usage.pictures);
    const span = this.#span(sessionId);
    this.#spanOf.delete(sessionId);
    span?.setAttributes({ ...attributes, tokens: usage.totalTokens, turns: usage.turns });
    if (cause !== null) span?.setStatus({ code: SpanStatusCode.ERROR, message: cause.code });
    span?.end();
  }

  #tokens(split: TokenSplit, direction: 'prompt' | 'response', model: string): void {
    let rest = split.total;
    for (const modality of modalities) {
      if (split[modality] > 0) this.#instruments.tokens.add(split[modality], { model, direction, modality });
      rest -= split[modality];
    }
    if (rest > 0) this.#instruments.tokens.add(rest, { model, direction, modality: 'other' });
  }

  #span(sessionId: string): Span | undefined {
    return this.#spanOf.get(sessionId);
  }

  #tell(sessionId: string, what: string, attributes: Attributes): void {
    this.#span(sessionId)?.addEvent(what, attributes);
  }
}

function codeOf(code: string | null): Attributes {
  return code === null ? {} : { code };
}

function createInstruments(meter: Meter) {
  const counter = (rest: string, unit: string, description: string) =>
    meter.createCounter(name(rest), { unit, description });
  const histogram = (rest: string, description: string) =>
    meter.createHistogram(name(rest), { unit: 's', description });
  return {
    refused: counter('upgrades.refused', '{upgrade}', 'Upgrades that were refused, by error code.'),
    duration: histogram('session.duration', 'How long sessions lasted, by how they ended.'),
    connect: histogram('upstream.connect.duration', 'From a client’s setup to the open connection to the upstream.'),
    changes: counter('continuity.changes', '{change}', 'What became of connections to the upstream.'),
    turns: counter('turns', '{turn}', 'Turns that the service gave counts for.'),
    tokens: counter('tokens', '{token}', 'Tokens by direction and kind.'),
    cost: counter('cost', '1', 'Cost by the application’s prices, in its currency.'),
    notices: counter('notices', '{notice}', 'What clients were told ahead of an end.'),
    errors: counter('errors', '{error}', 'Failures that are the server’s or the upstream’s.'),
    messages: counter('messages', '{message}', 'Messages of closed sessions, from and to clients.'),
    bytes: counter('io', 'By', 'Bytes of closed sessions, from and to clients.'),
    audio: counter('audio.duration', 's', 'Sound of closed sessions, from and to clients.'),
    pictures: counter('pictures', '{picture}', 'Pictures of closed sessions, from clients.'),
  };
}
