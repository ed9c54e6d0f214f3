import { expect, it } from 'vitest';
import { chooseStage } from './pin.ts';

const ana = { participantId: 'ana', sharesScreen: false, hasPicture: true };
const ben = { participantId: 'ben', sharesScreen: true, hasPicture: true };
const none = { pinnedId: null, hiddenId: null };

it('shows whoever shares a screen, and nobody when no one does', () => {
  expect(chooseStage([ana, ben], none)).toBe('ben');
  expect(chooseStage([ana], none)).toBeNull();
});

it('shows the chosen person instead, as long as there is a picture of them', () => {
  expect(chooseStage([ana, ben], { ...none, pinnedId: 'ana' })).toBe('ana');
  expect(chooseStage([{ ...ana, hasPicture: false }, ben], { ...none, pinnedId: 'ana' })).toBe('ben');
});

it('leaves a screen away that was put away', () => {
  expect(chooseStage([ana, ben], { ...none, hiddenId: 'ben' })).toBeNull();
  expect(chooseStage([ben], { pinnedId: 'ben', hiddenId: 'ben' })).toBe('ben');
});
