import { type LiveRooms, openInfo } from './live-rooms.ts';
import { NodeRooms } from './nodes/node-rooms.ts';
import type { Clock } from './ports/clock.ts';
import type { RoomEngine } from './ports/room-engine.ts';
import type { RoomNode } from './ports/room-node.ts';
import type { EmitRoomManagerEvent } from './room-announcer.ts';
import type { RoomRecords } from './room-records.ts';
import type { RoomSettings } from './settings.ts';

/** What a server has that shares its rooms with others. */
export interface SharingServer {
  readonly node: RoomNode;
  readonly clock: Clock;
  readonly engine: RoomEngine;
  readonly settings: RoomSettings;
  readonly hasModel: boolean;
  readonly records: RoomRecords;
  readonly live: LiveRooms;
  readonly emit: EmitRoomManagerEvent;
}

/** Rooms that this server shares with others: each runs on one of them. */
export function shareRooms({ live, records, emit, ...server }: SharingServer): NodeRooms {
  return new NodeRooms({
    ...server,
    openInfo: async (id) => openInfo(await records.get(id)),
    run: async (id, tenure) => {
      const { handOver, live: room } = await live.run(id, tenure);
      return { handOver, join: (client, port, signal) => room.join(client, port, signal) };
    },
    onError: (room, stage, error) => emit('error', { room, stage, error }),
    onMeasured: (room, measurement) => emit('measured', { room, measurement }),
  });
}
