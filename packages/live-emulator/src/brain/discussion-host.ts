import type { Brain, BrainInput, BrainStep, BrainTurn } from './brain.ts';
import { describeToolResult } from './describe-result.ts';
import { asksQuestion, toSecondPerson } from './second-person.ts';
import { joinNames, namesInRoster, type PresenceCue, SpeakerCueReader, type Statement } from './speaker-cues.ts';
import { toolWords, triggeredCall } from './tool-trigger.ts';

/** Longest piece of what somebody said that is said back, in characters. */
const LONGEST_QUOTE = 160;
/** Highest number it counts to when asked; about half a minute of speech. */
const HIGHEST_COUNT = 60;
const SHORT_NUMBERS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty'];
const UNKNOWN_SPEECH = /^(?:\[speech ([\d.]+) s\]\s*)+$/;

const QUESTIONS_TO_ONE = [
  'what do you think about that?',
  'how does that sound to you?',
  'what would you add?',
  'do you see it the same way?',
  'what speaks against it?',
] as const;
const QUESTIONS_TO_ALL = [
  'What follows from that?',
  'Can you give an example?',
  'What speaks against it?',
  'What should happen next?',
] as const;

interface Situation {
  readonly turn: BrainTurn;
  readonly statements: readonly Statement[];
  readonly presence: readonly PresenceCue[];
  /** Everybody known, in order of appearance. */
  readonly people: readonly string[];
  /** What is answered: the last thing said. */
  readonly last: Statement;
  /** Who said it, for addressing: `Ana`, `Ana and Ben`, or nothing. */
  readonly speaker: string;
}

type Rule = (situation: Situation) => readonly BrainStep[] | null;

/**
 * The built-in brain: a host of a discussion, made of rules and no intelligence.
 *
 * It greets, calls people by the names in the speaker cues and the roster, says back what it understood, asks the next
 * person the next question, and calls declared functions when their name or kind comes up. It keeps no state of its
 * own: everything follows from the turn, so a resumed conversation goes on where it was.
 */
export class DiscussionHost implements Brain {
  respond(turn: BrainTurn): readonly BrainStep[] {
    const results = turn.input
      .filter((item) => item.type === 'toolResult')
      .filter((result) => !result.silent)
      .map((result) => say(describeToolResult(result.name, result.response)));
    if (results.length > 0 && turn.input.every((item) => item.type === 'toolResult')) return results;
    return [...results, ...this.#answer(readSituation(turn))];
  }

  #answer(situation: Situation): readonly BrainStep[] {
    for (const rule of RULES) {
      const steps = rule(situation);
      if (steps) return [thought(situation), ...steps];
    }
    return [];
  }
}

/** In order: the first rule that has something to say answers. */
const RULES: readonly Rule[] = [
  welcomeNewcomers,
  callFunction,
  countAloud,
  describePictures,
  tellWhoIsHere,
  sumUp,
  sayGoodbye,
  greet,
  admitUnknownSpeech,
  passQuestionOn,
  askNextQuestion,
];

function readSituation(turn: BrainTurn): Situation {
  const reader = new SpeakerCueReader(namesInRoster(turn.systemInstruction));
  for (const entry of turn.history) if (entry.role === 'user') reader.readText(entry.text);
  const statements: Statement[] = [];
  const presence: PresenceCue[] = [];
  for (const item of turn.input) readInput(reader, item, statements, presence);
  const last = statements.at(-1) ?? { speakers: [], text: '' };
  return { turn, statements, presence, people: reader.people, last, speaker: joinNames(last.speakers) };
}

function readInput(reader: SpeakerCueReader, item: BrainInput, statements: Statement[], presence: PresenceCue[]): void {
  if (item.type === 'speech') {
    statements.push(reader.readSpeech(item.text));
  } else if (item.type === 'text' && item.role === 'user') {
    const read = reader.readText(item.text);
    statements.push(...read.statements);
    presence.push(...read.presence);
  }
}

function welcomeNewcomers({ statements, presence }: Situation): readonly BrainStep[] | null {
  if (statements.length > 0 || presence.length === 0) return null;
  const joined = presence.filter((cue) => cue.change === 'joined').map((cue) => cue.name);
  const left = presence.filter((cue) => cue.change === 'left').map((cue) => cue.name);
  const welcome = joined.length > 0 ? `Welcome, ${joinNames(joined)}. What brings you to this discussion?` : '';
  const farewell = left.length > 0 ? `Goodbye, ${joinNames(left)}.` : '';
  return [say(`${farewell} ${welcome}`.trim())];
}

function callFunction({ turn, statements, speaker }: Situation): readonly BrainStep[] | null {
  const calls = statements.map((statement) => triggeredCall(statement, turn.tools)).filter((call) => call !== null);
  const first = calls[0];
  if (!first) return null;
  const names = joinNames([...new Set(calls.map((call) => toolWords(call.name).join(' ')))]);
  return [say(address(`One moment, I use ${names}`, speaker)), { type: 'call', calls }];
}

function countAloud({ last }: Situation): readonly BrainStep[] | null {
  const [, to] = /\bcount (?:aloud )?(?:from \w+ )?(?:up )?to (\w+(?:-\w+)?)/i.exec(last.text) ?? [];
  if (to === undefined) return null;
  const highest = Math.min(HIGHEST_COUNT, Number.parseInt(to, 10) || wordToNumber(to));
  const numbers = Array.from({ length: highest }, (_, index) => numberToWord(index + 1));
  return numbers.length === 0 ? null : [say(`${capitalize(numbers.join(', '))}. That is all.`)];
}

function describePictures({ turn, last, speaker }: Situation): readonly BrainStep[] | null {
  if (!/\b(?:what|can|do) (?:do )?you see\b|\b(?:picture|image|screen|camera)\b.*\?/i.test(last.text)) return null;
  const { pictureCount } = turn;
  if (pictureCount === 0)
    return [
      say(address('I have not received a picture yet', speaker)),
      say('Please turn on a camera or share a screen.'),
    ];
  const count = pictureCount === 1 ? 'one picture' : `${pictureCount} pictures`;
  return [
    say(address(`I have received ${count} so far`, speaker)),
    say('I am an emulator: I count pictures, I do not look at them.'),
  ];
}

function tellWhoIsHere({ last, people }: Situation): readonly BrainStep[] | null {
  if (!/\bwho(?: else)? is (?:here|there|in the room|present)\b|\bwho are we\b/i.test(last.text)) return null;
  if (people.length === 0) return [say('Nobody has told me a name yet. Who are you?')];
  return [say(`With me ${people.length === 1 ? 'is' : 'are'} ${joinNames(people)}.`)];
}

function sumUp({ turn, last }: Situation): readonly BrainStep[] | null {
  if (!/\b(?:summar\w+|sum (?:it |this |that )?up|recap)\b/i.test(last.text)) return null;
  const reader = new SpeakerCueReader(namesInRoster(turn.systemInstruction));
  const said = turn.history
    .filter((entry) => entry.role === 'user')
    .flatMap((entry) => reader.readText(entry.text).statements)
    .filter((statement) => !UNKNOWN_SPEECH.test(statement.text))
    .slice(-4);
  if (said.length === 0) return [say('There is nothing to sum up yet. Please begin.')];
  return [
    say('Here is what I heard so far.'),
    ...said.map((statement) => say(`${joinNames(statement.speakers) || 'Somebody'} said: ${quote(statement.text)}.`)),
  ];
}

function sayGoodbye({ last, speaker }: Situation): readonly BrainStep[] | null {
  if (/\b(?:goodbye|bye|see you)\b/i.test(last.text))
    return [say(address('Goodbye, and thank you for the discussion', speaker))];
  return /^\W*(?:please )?(?:stop|wait|quiet|silence)\b/i.test(last.text)
    ? [say(address('I am listening', speaker))]
    : null;
}

function greet(situation: Situation): readonly BrainStep[] | null {
  const { turn, last, speaker } = situation;
  const isGreeting = /^\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|welcome)\b/i.test(last.text);
  if (!isGreeting && last.text !== '') return null;
  const again = turn.history.some((entry) => entry.role === 'model');
  if (again) return [say(address('Hello again', speaker)), say(nextQuestion(situation))];
  return [say(address('Hello', speaker)), say('I am the host of this discussion. What shall we talk about?')];
}

function admitUnknownSpeech(situation: Situation): readonly BrainStep[] | null {
  if (!UNKNOWN_SPEECH.test(situation.last.text)) return null;
  const seconds = [...situation.last.text.matchAll(/[\d.]+/g)].reduce((sum, [number]) => sum + Number(number), 0);
  const who = situation.speaker || 'somebody';
  return [
    say(`I heard ${who} speak for ${seconds.toFixed(1)} seconds, but I do not know the words.`),
    say(nextQuestion(situation)),
  ];
}

function passQuestionOn(situation: Situation): readonly BrainStep[] | null {
  const { last, speaker } = situation;
  if (!asksQuestion(last.text)) return null;
  const next = nextPerson(situation);
  const handOn = next ? `${next}, what would you answer?` : 'What would your own answer be?';
  return [say(address('That is a good question', speaker)), say(`You ask: ${quote(last.text)}? ${handOn}`)];
}

function askNextQuestion(situation: Situation): readonly BrainStep[] {
  const { last, speaker } = situation;
  return [
    say(address('Thank you', speaker)),
    say(`So ${toSecondPerson(quote(last.text))}.`),
    say(nextQuestion(situation)),
  ];
}

function nextQuestion(situation: Situation): string {
  const { number } = situation.turn;
  const next = nextPerson(situation);
  if (!next) return QUESTIONS_TO_ALL[number % QUESTIONS_TO_ALL.length] ?? QUESTIONS_TO_ALL[0];
  return `${next}, ${QUESTIONS_TO_ONE[number % QUESTIONS_TO_ONE.length] ?? QUESTIONS_TO_ONE[0]}`;
}

/** The person after the one who spoke last, round the table. */
function nextPerson({ people, last }: Situation): string | null {
  const others = people.filter((name) => !last.speakers.includes(name));
  const spoken = people.indexOf(last.speakers[0] ?? '');
  return others.find((name) => people.indexOf(name) > spoken) ?? others[0] ?? null;
}

function thought({ last, speaker }: Situation): BrainStep {
  const from = speaker === '' ? 'the room' : speaker;
  const about = last.text === '' ? 'nothing in particular' : `"${quote(last.text)}"`;
  return { type: 'thought', text: `**Answering ${from}**\n\nI heard ${about} and choose a short reply.\n\n\n` };
}

function say(text: string): BrainStep {
  return { type: 'say', text };
}

/** `Thank you` to Ana is `Thank you, Ana.` */
function address(sentence: string, name: string): string {
  return name === '' ? `${sentence}.` : `${sentence}, ${name}.`;
}

function quote(text: string): string {
  const bare = text
    .replace(/\[speech [\d.]+ s\]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?,;:]+$/, '')
    .trim();
  return bare.length <= LONGEST_QUOTE ? bare : `${bare.slice(0, LONGEST_QUOTE).replace(/\s\S*$/, '')} and so on`;
}

function numberToWord(number: number): string {
  if (number < 20) return SHORT_NUMBERS[number] ?? '';
  const ones = number % 10 === 0 ? '' : `-${SHORT_NUMBERS[number % 10] ?? ''}`;
  return `${TENS[Math.floor(number / 10)] ?? ''}${ones}`;
}

function wordToNumber(word: string): number {
  const all = Array.from({ length: HIGHEST_COUNT + 1 }, (_, number) => numberToWord(number));
  return Math.max(0, all.indexOf(word.toLowerCase()));
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
