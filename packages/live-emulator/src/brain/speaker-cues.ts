/** What one person, or several at once, said. */
export interface Statement {
  /** Names from the cues; empty when nobody was named. */
  readonly speakers: readonly string[];
  readonly text: string;
}

/** Somebody came or went. */
export interface PresenceCue {
  readonly name: string;
  readonly change: 'joined' | 'left';
}

/** Words before a colon that are labels and not names: `Note: buy chairs`. */
const LABELS = new Set(
  'action agenda answer claim decision evidence example fact fyi idea important note ok opinion ps question remember reminder result source summary task title todo topic update warning'.split(
    ' ',
  ),
);
const NAME_PART = String.raw`\p{Lu}[\p{L}\p{N}'’.-]*`;
/** Small words within names: Ana van der Berg. */
const PARTICLE = 'al|bin|da|de|del|den|der|di|dos|du|el|ibn|la|le|ten|ter|van|von|y|zu';
const NAME = `${NAME_PART}(?: (?:(?:${PARTICLE}) ){0,3}${NAME_PART}){0,3}`;
/** `Participants: …`, `People in the room are …`, `Present when this conversation began: …` */
const ROSTER =
  /\b(?:roster|participants?|people|members|attendees|speakers|present|in the room)\b[^.:;\n]{0,50}?(?::|\b(?:are|is)\b:?)\s*([^\n]+)/giu;
const PRESENCE_CUE = /^\[?\s*(.+?)(?: has| have| just)? (joined|left|entered|arrived)\b[^\]]*\]?\.?$/u;
const SPEAKING_CUE =
  /^\[\s*(?:now\s+)?(?:speaking:\s*)?(.+?)\s*(?:(?:is|are) (?:now )?(?:speaking|talking))?\s*\]\s*:?\s*(.*)$/iu;

/** Names that a system instruction lists, as in `Participants: Ana, Ben and Cem.` */
export function namesInRoster(systemInstruction: string): string[] {
  const names = [...systemInstruction.matchAll(ROSTER)].flatMap(([, list = '']) =>
    splitNames(list.split(/[.;]\s|[.;]$/)[0] ?? ''),
  );
  return unique(names.filter(isName));
}

/**
 * Follows who speaks: `[Ana is speaking]`, `[Ana and Ben are speaking]`, `Ana:` on its own name who speaks next;
 * `Ana: hello` and `[Ana] hello` are statements.
 */
export class SpeakerCueReader {
  readonly #people: Set<string>;
  #speakers: readonly string[] = [];

  constructor(people: Iterable<string> = []) {
    this.#people = new Set(people);
  }

  /** Everybody named so far, in order of appearance. */
  get people(): readonly string[] {
    return [...this.#people];
  }

  /** Reads a typed text; its lines may be by different people. */
  readText(text: string): { statements: Statement[]; presence: PresenceCue[] } {
    const statements: Statement[] = [];
    const presence: PresenceCue[] = [];
    for (const line of text.split('\n').map((raw) => raw.trim())) {
      if (line === '') continue;
      const cue = this.#presenceOf(line);
      if (cue) {
        presence.push(cue);
        continue;
      }
      const statement = this.#statementOf(line);
      if (statement.text !== '') statements.push(statement);
    }
    return { statements, presence };
  }

  /** Something was said aloud, by whom the last cue named. */
  readSpeech(text: string): Statement {
    return { speakers: this.#speakers, text };
  }

  #presenceOf(line: string): PresenceCue | null {
    const [, name = '', verb = ''] = PRESENCE_CUE.exec(line) ?? [];
    if (!isName(name)) return null;
    const change = verb === 'left' ? 'left' : 'joined';
    if (change === 'left') this.#people.delete(name);
    else this.#people.add(name);
    return { name, change };
  }

  #statementOf(line: string): Statement {
    const bracketed = SPEAKING_CUE.exec(line);
    if (bracketed) {
      const names = splitNames(bracketed[1] ?? '');
      if (names.length > 0 && names.every((name) => this.#isKnownOr(name))) return this.#say(names, bracketed[2] ?? '');
    }
    const colon = line.indexOf(':');
    const names = colon > 0 ? splitNames(line.slice(0, colon)) : [];
    if (names.length > 0 && names.every((name) => this.#isKnownOr(name)))
      return this.#say(names, line.slice(colon + 1).trim());
    return { speakers: this.#speakers, text: line };
  }

  #say(names: readonly string[], text: string): Statement {
    for (const name of names) this.#people.add(name);
    this.#speakers = names;
    return { speakers: names, text };
  }

  #isKnownOr(name: string): boolean {
    return this.#people.has(name) || (isName(name) && !LABELS.has(name.toLowerCase()));
  }
}

/** `Ana`, `Ana and Ben`, `Ana, Ben and Cem`. */
export function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function splitNames(list: string): string[] {
  return list
    .split(/\s*(?:,|&|\+|\band\b)\s*/u)
    .map((name) => name.replace(/\s*\([^)]*\)/g, '').trim())
    .filter((name) => name !== '');
}

function isName(text: string): boolean {
  return text.length <= 60 && new RegExp(`^${NAME}$`, 'u').test(text);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
