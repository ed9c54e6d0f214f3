import { type Participant, ROOM_WIRE_VERSION, RoomCloseCode, type RoomInfo } from '@colloquy/live-protocol';
import { toEntriesMessages } from '../log/encoded-entry.ts';
import type { RecoveryPlan } from '../log/recovery.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { RoomModel } from '../model/room-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { Roster } from '../presence/roster.ts';
import type { ConnectingClient } from '../room-connection.ts';
import { type RoomSettings, toWireLimits } from '../settings.ts';
import type { ToolDesk } from '../tools/tool-desk.ts';
import { type CaughtUp, catchUpWith } from './catch-up-with.ts';
import type { Entrance } from './entrance.ts';
import { type ConnectionRoom, LiveConnection } from './live-connection.ts';
import type { EmitRoomEvent } from './live-room-options.ts';
import type { MediaDesk } from './media-desk.ts';
import type { RoomLog } from './room-log.ts';
import type { RoomRest } from './room-rest.ts';
import type { Seats } from './seats.ts';

/** What {@link Arrivals} is made of. */
export interface ArrivalsOptions {
  readonly clock: Clock;
  readonly settings: RoomSettings;
  readonly log: RoomLog;
  /** `false`: whoever brings people here gives them the log. */
  readonly givesLog: boolean;
  readonly roster: Roster;
  readonly seats: Seats;
  readonly entrance: Entrance;
  readonly rest: RoomRest;
  readonly model: RoomModel;
  readonly media: MediaDesk;
  readonly tools: ToolDesk;
  readonly forConnections: ConnectionRoom;
  readonly room: () => RoomInfo;
  /** @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_SHUT_DOWN` */
  readonly checkGoing: () => void;
  /** The connection counts no more; its tab is back by another one. */
  readonly forget: (connection: LiveConnection) => void;
  readonly emit: EmitRoomEvent;
  readonly onMeasured: (measurement: RoomMeasurement) => void;
}

const NO_LOG: RecoveryPlan = { from: 1, recovered: false };

/** Takes newcomers in: through the entrance, caught up with the log, to their seat, and told how the room stands. */
export class Arrivals {
  readonly #options: ArrivalsOptions;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /**
   * @param signal - the client is gone: it waits no more to be admitted.
   * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_FULL`, `ERR_NOT_ADMITTED`, `ERR_STORE_UNAVAILABLE`
   */
  async take(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<LiveConnection> {
    const { checkGoing, clock, entrance, givesLog, log, onMeasured, rest } = this.#options;
    checkGoing();
    await entrance.pass(client, port, signal);
    checkGoing();
    const arrived = rest.expect();
    const askedAt = clock.monotonic();
    let outcome: 'recovered' | 'page' | 'refused' = 'refused';
    try {
      const seat = (position: CaughtUp) => {
        checkGoing();
        entrance.check(client);
        const connection = this.#seat(client, port, position);
        outcome = position.plan.recovered ? 'recovered' : 'page';
        return connection;
      };
      if (givesLog) return await catchUpWith(log, client.resume, seat);
      return seat({ plan: NO_LOG, epoch: log.epoch, top: log.top, entries: [] });
    } finally {
      onMeasured({ type: 'join', outcome, ms: clock.monotonic() - askedAt });
      arrived();
    }
  }

  #seat({ identity, clientId, receive }: ConnectingClient, port: ConnectionPort, position: CaughtUp): LiveConnection {
    const { entrance, forConnections, media, model, rest, roster, seats, tools } = this.#options;
    const replaced = seats.find(identity.participantId, clientId);
    const { participant, added } = roster.join(identity, { connectionId: port.connectionId, clientId });
    if (replaced) this.#replace(replaced);
    const { index } = participant;
    const connection = new LiveConnection({
      ...{ room: forConnections, port, identity, clientId, index },
      ...(receive !== undefined && { receive }),
    });
    seats.add(connection);
    rest.interrupt();
    this.#welcome(connection, position.plan);
    media.joined(connection);
    tools.memberChanged(connection);
    if (participant.role === 'host') entrance.tellHost(port);
    for (const message of model.metering.missed(connection.participantId)) connection.send(message);
    for (const { message, encoded } of toEntriesMessages(position.entries)) connection.send(message, encoded);
    if (added) this.#joined(participant);
    model.wake();
    return connection;
  }

  #welcome(connection: LiveConnection, { recovered, from, truncateAfter }: RecoveryPlan): void {
    const { clock, log, media, model, room, roster, settings } = this.#options;
    const { participantId, index, connectionId } = connection;
    connection.send({
      type: 'welcome',
      v: ROOM_WIRE_VERSION,
      room: room(),
      epoch: log.epoch,
      top: log.top,
      recovered,
      ...(truncateAfter !== undefined && { truncateAfter }),
      hasOlder: from > 1,
      self: { participantId, index, connectionId },
      participants: roster.participants(),
      presenceVersion: roster.version,
      inflight: model.inflight,
      model: model.state,
      ...media.model.shared,
      effective: model.effective,
      recording: media.recording.state,
      limits: toWireLimits(settings.limits),
      codecs: media.codecs.best(),
      serverTime: clock.now(),
    });
  }

  /** The same tab is back before its old connection was missed. */
  #replace(old: LiveConnection): void {
    const { forget, roster } = this.#options;
    forget(old);
    roster.drop(old.participantId, old.connectionId);
    old.end(RoomCloseCode.replaced, 'replaced by a newer connection of the same tab');
  }

  #joined(participant: Participant): void {
    const { emit, log, media, room } = this.#options;
    const { participantId, name, role } = participant;
    emit('participantJoined', { room: room(), participant });
    // The model is in the list of participants, but it never joins.
    if (role === 'model') return;
    media.model.tellRoster(name, 'joined');
    log.write({ kind: 'participant.added', actor: { participantId, name }, body: { participantId, name, role } });
  }
}
