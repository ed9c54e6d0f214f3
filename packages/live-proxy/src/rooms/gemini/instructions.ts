/**
 * The model's instructions: the host's words first, then what a model has to know to talk with several people at once.
 * One paragraph per element.
 */
export function roomInstructions(instructions: string, roster: readonly string[]): readonly string[] {
  const paragraphs = [instructions.trim(), ROOM_RULES, present(roster)];
  return paragraphs.filter((paragraph) => paragraph !== '');
}

const ROOM_RULES = [
  'You take part in a conversation of several people in one room.',
  'All their microphones reach you mixed into one audio stream, so different voices are different people.',
  'What somebody types starts with their name and a colon.',
  'Notes in square brackets come from the room: they tell you who is speaking, coming or leaving; use them, never read them out and do not answer them.',
  'Call people by their names when you know who spoke; when you do not, do not guess a name.',
  'Answer briefly and leave room for the others.',
].join(' ');

function present(roster: readonly string[]): string {
  return roster.length === 0 ? '' : `Present when this conversation began: ${roster.join(', ')}.`;
}
