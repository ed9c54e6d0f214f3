import { expect, it } from 'vitest';
import { chooseEnlargeable, chooseStage, chooseTile } from './pin.ts';

const anaCamera = { participantId: 'ana', source: 'camera' } as const;
const benCamera = { participantId: 'ben', source: 'camera' } as const;
const benScreen = { participantId: 'ben', source: 'screen' } as const;
const all = [anaCamera, benCamera, benScreen];
const none = { pinned: null, hiddenId: null };

it('shows a shared screen large, and nothing when there is none', () => {
  expect(chooseStage(all, none)).toBe(benScreen);
  expect(chooseStage([anaCamera, benCamera], none)).toBeNull();
});

it('shows the chosen picture instead, as long as there is one', () => {
  expect(chooseStage(all, { ...none, pinned: anaCamera })).toBe(anaCamera);
  expect(chooseStage(all, { ...none, pinned: benCamera })).toBe(benCamera);
  expect(chooseStage([benScreen], { ...none, pinned: anaCamera })).toBe(benScreen);
});

it('leaves a screen away that was put away, until it is chosen', () => {
  expect(chooseStage(all, { ...none, hiddenId: 'ben' })).toBeNull();
  expect(chooseStage(all, { pinned: benScreen, hiddenId: 'ben' })).toBe(benScreen);
});

it('the tile of somebody who shows both is the face, whatever is large', () => {
  for (const staged of [null, benScreen, benCamera]) expect(chooseTile([benCamera, benScreen], staged)).toBe(benCamera);
});

it('a screen is in the tile only while it is not large', () => {
  expect(chooseTile([benScreen], null)).toBe(benScreen);
  expect(chooseTile([benScreen], benScreen)).toBeNull();
  expect(chooseTile([], null)).toBeNull();
});

it('offers to show large what is not, the screen first', () => {
  expect(chooseEnlargeable([benCamera, benScreen], null)).toBe(benScreen);
  expect(chooseEnlargeable([benCamera, benScreen], benScreen)).toBe(benCamera);
  expect(chooseEnlargeable([benScreen], benScreen)).toBeNull();
});
