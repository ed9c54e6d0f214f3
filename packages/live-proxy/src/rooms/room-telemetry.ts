import type { RoomManager, RoomManagerEvents, RoomMeasurement } from '@colloquy/room-core';
import { type Meter, metrics, type ObservableGauge, type ObservableResult } from '@opentelemetry/api';

/** Where the metrics of rooms go instead of the provider that the process has registered. */
export interface RoomTelemetryOptions {
  readonly meter?: Meter;
}

/** What is observed of rooms: a `RoomManager` has it. */
export type ObservedRooms = Pick<RoomManager, 'on' | 'metrics'>;

/** What only the server of the sockets knows. */
export interface SocketSources {
  /** Bytes that wait in the sockets of clients. */
  readonly bufferedBytes: () => number;
}

const scope = '@colloquy/live-proxy/rooms';
const name = (rest: string): string => `colloquy.rooms.${rest}`;

/**
 * Metrics of rooms by OpenTelemetry's API, which does nothing until the application registers an SDK. Everything is
 * learned from events and counts: nothing of what people say, who they are, or of which room it is can be in it.
 */
export class RoomTelemetry {
  readonly #instruments: ReturnType<typeof createInstruments>;
  readonly #undo: (() => void)[] = [];

  constructor({ meter }: RoomTelemetryOptions, rooms: ObservedRooms, sockets: SocketSources) {
    const given = meter ?? metrics.getMeter(scope);
    this.#instruments = createInstruments(given);
    this.#observe(given, rooms, sockets);
    this.#listen(rooms);
  }

  /** A socket of a room was closed from here, or was refused. */
  closed(code: number): void {
    this.#instruments.closes.add(1, { close_code: code });
  }

  /** The server is closed: its gauges would be observed for ever. */
  dispose(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #observe(meter: Meter, rooms: ObservedRooms, { bufferedBytes }: SocketSources): void {
    const gauge = (rest: string, unit: string, description: string, read: (result: ObservableResult) => void) => {
      const made: ObservableGauge = meter.createObservableGauge(name(rest), { unit, description });
      made.addCallback(read);
      this.#undo.push(() => made.removeCallback(read));
    };
    gauge('active', '{room}', 'Rooms that run in this process.', (at) => at.observe(rooms.metrics().rooms));
    gauge('people', '{person}', 'People in rooms, by what they do there.', (at) => {
      const { people, waiting } = rooms.metrics();
      at.observe(people, { state: 'in' });
      at.observe(waiting, { state: 'waiting' });
    });
    gauge('connections', '{connection}', 'Connections of people.', (at) => at.observe(rooms.metrics().connections));
    gauge('microphones', '{microphone}', 'Open microphones.', (at) => at.observe(rooms.metrics().openMicrophones));
    gauge('buffered', 'By', 'Bytes that wait in the sockets of clients.', (at) => at.observe(bufferedBytes()));
  }

  #listen(rooms: ObservedRooms): void {
    const { cost, errors, tokens, turns } = this.#instruments;
    const on = <K extends keyof RoomManagerEvents>(type: K, listener: (event: RoomManagerEvents[K]) => void) =>
      this.#undo.push(rooms.on(type, listener));
    on('measured', ({ measurement }) => this.#measured(measurement));
    on('turnCompleted', ({ interrupted }) => turns.add(1, { interrupted }));
    on('usageReported', ({ usage, cost: spent }) => {
      tokens.add(usage.prompt.total, { direction: 'prompt' });
      tokens.add(usage.response.total, { direction: 'response' });
      if (usage.thoughtTokens > 0) tokens.add(usage.thoughtTokens, { direction: 'thoughts' });
      if (spent !== null) cost.add(spent);
    });
    on('error', ({ stage }) => errors.add(1, { stage }));
  }

  #measured(measurement: RoomMeasurement): void {
    const { appends, droppedAudio, epochs, flushes, flushWaits, gaps, joins, lateFrames, leases, sessions, underruns } =
      this.#instruments;
    switch (measurement.type) {
      case 'append':
        appends.record(measurement.ms / 1_000, { outcome: measurement.outcome });
        return;
      case 'join':
        joins.record(measurement.ms / 1_000, { outcome: measurement.outcome });
        return;
      case 'gap':
        gaps.add(measurement.entries);
        return;
      case 'epoch':
        epochs.add(1);
        return;
      case 'lease':
        leases.add(1, { outcome: measurement.outcome });
        return;
      case 'session':
        sessions.add(1, { outcome: measurement.outcome });
        return;
      case 'flush':
        flushes.record(measurement.ms / 1_000, { outcome: measurement.outcome });
        flushWaits.record(measurement.waitedMs / 1_000);
        return;
      case 'lateFrame':
        lateFrames.record(measurement.ms / 1_000);
        return;
      case 'jitter':
        underruns.add(measurement.underruns);
        droppedAudio.add(measurement.droppedMs / 1_000, { reason: 'full' });
        droppedAudio.add(measurement.lateMs / 1_000, { reason: 'late' });
        return;
      default:
        measurement satisfies never;
    }
  }
}

function createInstruments(meter: Meter) {
  const counter = (rest: string, unit: string, description: string) =>
    meter.createCounter(name(rest), { unit, description });
  const histogram = (rest: string, description: string) =>
    meter.createHistogram(name(rest), { unit: 's', description });
  return {
    appends: histogram('append.duration', 'From an entry to its place in the log, by what came of it.'),
    joins: histogram('join.duration', 'From the door to the seat, by how much of the log was carried over.'),
    flushes: histogram('flush.duration', 'Writes to the store behind the engine, by what came of them.'),
    flushWaits: histogram('flush.wait.duration', 'How long the oldest entry had waited to be stored.'),
    lateFrames: histogram('mix.late_frame.duration', 'Frames of the mix that came late, by the pause before them.'),
    gaps: counter('log.gap_entries', '{entry}', 'Entries that the feed had left out and the log filled in.'),
    epochs: counter('log.epochs', '{epoch}', 'Times that the log lost entries and began a new epoch.'),
    underruns: counter('audio.underruns', '{underrun}', 'Times that somebody’s audio ran out in the middle of speech.'),
    droppedAudio: counter('audio.dropped', 's', 'Audio of people that was dropped, by reason.'),
    leases: counter('leases', '{lease}', 'Rooms that this server took over, lost and handed over.'),
    sessions: counter('model.sessions', '{session}', 'Sessions with models: started, resumed, lost.'),
    turns: counter('turns', '{turn}', 'Answers of models.'),
    tokens: counter('tokens', '{token}', 'Tokens of models by direction.'),
    cost: counter('cost', '1', 'Cost by the application’s prices, in its currency.'),
    errors: counter('errors', '{error}', 'Failures of rooms with nobody to tell, by where they happened.'),
    closes: counter('closes', '{close}', 'Connections that the server ended, by close code.'),
  };
}
