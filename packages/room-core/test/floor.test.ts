import type { FloorState, RoomConfiguration } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, Stage, type StageOptions } from './support/stage.ts';

async function openFloor(configuration: Partial<RoomConfiguration>, options: StageOptions = {}) {
  const manager = { ...options.manager, defaultConfiguration: { floor: 'floor', ...configuration } as const };
  const stage = await Stage.open({ ...options, manager });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  const cy = await stage.join('Cy');
  return { stage, ana, ben, cy };
}

type FloorAction = 'request' | 'release' | 'grant' | 'revoke';

function move(guest: Guest, action: FloorAction, participantId?: string): void {
  guest.connection.receive({ type: 'floor', action, ...(participantId !== undefined && { participantId }) });
}

function floorOf(guest: Guest): Pick<FloorState, 'holder' | 'queue'> {
  const { holder, queue } = guest.port.of('floor').at(-1)?.floor ?? guest.port.last('welcome').floor;
  return { holder, queue };
}

const complaints = (guest: Guest) => guest.port.of('error').map(({ code }) => code);

describe('the floor', () => {
  it('FLOOR1 tells everybody who has it, newcomers too', async () => {
    const { stage, ana, ben, cy } = await openFloor({});
    expect(ben.port.last('welcome').floor).toEqual({ policy: 'floor', mode: 'open', holder: null, queue: [] });
    move(ben, 'request');
    for (const guest of [ana, ben, cy]) expect(floorOf(guest)).toEqual({ holder: 'ben', queue: [] });
    expect(floorOf(await stage.join('Di')).holder).toBe('ben');
    move(ben, 'release');
    expect(floorOf(ana).holder).toBeNull();
  });

  it('FLOOR2 belongs to whoever asks first in an open room, and to nobody beside them', async () => {
    const { ben, cy } = await openFloor({});
    move(ben, 'request');
    move(cy, 'request');
    expect(complaints(cy)).toEqual(['ERR_FLOOR_TAKEN']);
    move(ben, 'request');
    expect(complaints(ben)).toEqual([]);
    move(ben, 'release');
    move(cy, 'request');
    expect(floorOf(ben)).toEqual({ holder: 'cy', queue: [] });
  });

  it('FLOOR3 goes from raised hand to raised hand in the order of asking', async () => {
    const { ana, ben, cy } = await openFloor({ floorMode: 'queue' });
    move(ben, 'request');
    move(cy, 'request');
    move(ana, 'request');
    expect(floorOf(ana)).toEqual({ holder: 'ben', queue: ['cy', 'ana'] });
    move(ben, 'release');
    expect(floorOf(ana)).toEqual({ holder: 'cy', queue: ['ana'] });
    move(ana, 'release');
    move(cy, 'release');
    expect(floorOf(ana)).toEqual({ holder: null, queue: [] });
  });

  it('FLOOR4 is given by a host in a moderated room, who may take it back, and by nobody else', async () => {
    const { ana, ben, cy } = await openFloor({ floorMode: 'moderated' });
    move(ben, 'request');
    expect(floorOf(ana)).toEqual({ holder: null, queue: ['ben'] });
    move(cy, 'grant', 'cy');
    move(cy, 'revoke');
    expect(complaints(cy)).toEqual(['ERR_NOT_ALLOWED', 'ERR_NOT_ALLOWED']);
    move(ana, 'grant', 'ben');
    expect(floorOf(cy)).toEqual({ holder: 'ben', queue: [] });
    move(ana, 'grant', 'cy');
    expect(floorOf(cy).holder).toBe('cy');
    move(ana, 'grant', 'nobody');
    expect(complaints(ana)).toEqual(['ERR_ROOM_INPUT']);
    move(ana, 'revoke');
    expect(floorOf(cy).holder).toBeNull();
    move(ana, 'request');
    expect(floorOf(cy).holder).toBe('ana');
  });

  it('FLOOR5 is free again when its holder leaves, loses the connection, or is silent for long', async () => {
    const { stage, ana, ben, cy } = await openFloor({ floorMode: 'queue' });
    move(ben, 'request');
    move(cy, 'request');
    ben.connection.receive({ type: 'leave' });
    expect(floorOf(ana)).toEqual({ holder: 'cy', queue: [] });
    cy.connection.disconnected();
    expect(floorOf(ana).holder).toBeNull();
    move(ana, 'request');
    await stage.clock.run(29_900);
    expect(floorOf(ana).holder).toBe('ana');
    await stage.clock.run(200);
    expect(floorOf(ana).holder).toBeNull();
  });

  it('FLOOR5 is kept by a silent holder where the release is off', async () => {
    const { stage, ana, ben } = await openFloor({}, { manager: { floorReleaseMs: 0 } });
    move(ben, 'request');
    await stage.clock.run(120_000, 1_000);
    expect(floorOf(ana).holder).toBe('ben');
  });

  it('FLOOR7 is about the ear of the model: whoever has it not is still heard by people', async () => {
    const { ana, ben, cy } = await openFloor({});
    move(ben, 'request');
    const tone = sine({ frequency: 440, samples: 320 });
    cy.connection.receiveMedia(audioFrame(0, tone));
    ben.connection.receiveMedia(audioFrame(0, tone));
    expect(ana.port.frames.map(({ participant }) => participant)).toEqual([3, 2]);
  });

  it('FLOOR6 is nothing to ask for where everybody is heard, and nothing for viewers', async () => {
    const { stage, ben } = await openFloor({ floor: 'mix' });
    move(ben, 'request');
    expect(complaints(ben)).toEqual(['ERR_ROOM_INPUT']);
    const { ana } = await openFloor({});
    expect(floorOf(ana).holder).toBeNull();
    const di = await stage.join('Di', { role: 'viewer' });
    move(di, 'request');
    expect(complaints(di)).toEqual(['ERR_NOT_ALLOWED']);
  });

  it('FLOOR6 is lost by a holder who becomes a viewer, and passes over whoever became one while waiting', async () => {
    const { stage, ana, ben, cy } = await openFloor({ floorMode: 'queue' }, { manager: { floorReleaseMs: 0 } });
    for (const guest of [ben, cy, ana]) move(guest, 'request');
    stage.rooms.setRole(stage.roomId, 'cy', 'viewer');
    expect(floorOf(ben)).toEqual({ holder: 'ben', queue: ['ana'] });
    stage.rooms.setRole(stage.roomId, 'ben', 'viewer');
    expect(floorOf(ben)).toEqual({ holder: 'ana', queue: [] });
  });

  it('FLOOR6 passes over viewers also while a crowd comes in and the roster is told together', async () => {
    const { stage, ana, ben, cy } = await openFloor({ floorMode: 'queue' });
    for (const guest of [ben, cy, ana]) move(guest, 'request');
    for (let n = 0; n < 40; n += 1) stage.rooms.setRole(stage.roomId, 'cy', n % 2 === 0 ? 'viewer' : 'speaker');
    stage.rooms.setRole(stage.roomId, 'cy', 'viewer');
    move(ben, 'release');
    expect(floorOf(ana).holder).toBe('ana');
    stage.rooms.setRole(stage.roomId, 'ana', 'viewer');
    await stage.clock.run(300);
    expect(floorOf(ben)).toEqual({ holder: null, queue: [] });
  });
});
