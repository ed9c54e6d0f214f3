import type { EntryActor, LogEntry, RoomInfo } from '@colloquy/live-protocol';
import { type Attendee, peopleOfLog } from './people-of-log.ts';
import type { TimeWords } from './time.ts';

/** Longest arguments or response of a tool that minutes show, in UTF-16 units. */
const MAX_TOOL_LENGTH = 500;

/** Reads the log from its beginning; called once per pass. */
export type ReadLog = () => AsyncIterable<LogEntry>;

/** Minutes: who was there and when, and who said and wrote what. */
export async function* toMarkdown(room: RoomInfo, readLog: ReadLog, words: TimeWords): AsyncGenerator<string> {
  yield `# ${asWritten(room.name)}\n\n`;
  yield `${facts(room, words).join('\n')}\n`;
  yield `\n## People\n\n${peopleTable(await peopleOfLog(readLog()), words)}`;
  yield '\n## Conversation\n';
  let day = '';
  let derived = false;
  for await (const entry of readLog()) {
    const line = toLine(entry, words);
    if (line === null) continue;
    derived ||= entry.kind === 'speech.final';
    const today = words.date(entry.ts);
    if (today !== day) yield `\n### ${today}\n`;
    day = today;
    yield `\n${line}\n`;
  }
  if (derived) yield '\n---\n\nWho spoke was found from whose microphone was active.\n';
}

function facts({ id, createdAt, closedAt, configuration }: RoomInfo, words: TimeWords): string[] {
  const moment = (ms: number) => `${words.date(ms)} ${words.time(ms)}`;
  return [
    `- Room: ${asWritten(id)}`,
    `- Began: ${moment(createdAt)} (times: ${words.zone})`,
    ...(closedAt === null ? [] : [`- Ended: ${moment(closedAt)}`]),
    ...(configuration.model === null ? [] : [`- Model: ${asWritten(configuration.model)}`]),
  ];
}

function peopleTable(people: readonly Attendee[], words: TimeWords): string {
  if (people.length === 0) return 'Nobody was here.\n';
  const rows = people.map(({ name, role, firstAt, leftAt }) => {
    const moments = [firstAt, leftAt].map((ms) => (ms === null ? 'here' : `${words.date(ms)} ${words.time(ms)}`));
    return `| ${[asWritten(name), role ?? '', ...moments].join(' | ')} |`;
  });
  return ['| Name | Role | Came | Left |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** `null` for what minutes do not tell. */
function toLine(entry: LogEntry, words: TimeWords): string | null {
  const time = words.time(entry.ts);
  const turn = (names: string, how: string, text: string) => `**${names}** ${how} (${time}):  \n${quoted(text)}`;
  const note = (text: string) => `*${time} ${text}*`;
  const name = asWritten(entry.actor.name);
  if ('redacted' in entry.body) return note(`words of ${name} were taken out`);
  switch (entry.kind) {
    case 'msg.text':
      return turn(name, 'wrote', entry.body.text);
    case 'speech.final':
      return turn(speakersOf(entry.body.speakers), 'said', entry.body.text);
    case 'ai.message':
      return turn(name, 'said', entry.body.text);
    case 'ai.interrupted':
      return turn(name, 'was interrupted', `${entry.body.text} …`);
    case 'tool.call':
      return note(`${name} called ${code(entry.body.name)} with ${shortJson(entry.body.args)}`);
    case 'tool.result':
      return note(`${code(entry.body.name)} ${entry.body.outcome}: ${shortJson(entry.body.response)}`);
    case 'participant.added':
      return note(`${asWritten(entry.body.name)} came`);
    case 'participant.removed':
      return note(`${asWritten(entry.body.name)} left`);
    case 'recording.started':
      return note(`${name} started a recording`);
    case 'recording.stopped':
      return note(`the recording ended after ${Math.round(entry.body.durationMs / 1_000)} s`);
    case 'room.closed':
      return note(`${name} closed the room: ${asWritten(entry.body.reason)}`);
    case 'log.discontinuity':
      return note(`entries after ${entry.body.after} were lost here`);
    case 'log.unreadable':
      // One line for all of them.
      return entry.seq === entry.body.first ? note(`entries up to ${entry.body.last} cannot be read`) : null;
    default:
      return null;
  }
}

function speakersOf(speakers: readonly EntryActor[]): string {
  return speakers.length === 0 ? 'Somebody' : speakers.map(({ name }) => asWritten(name)).join(' and ');
}

/** Text as a quotation: what people wrote never becomes a heading, a list or HTML of the minutes. */
function quoted(text: string): string {
  return text
    .trim()
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => `> ${asWritten(line)}`.trimEnd())
    .join('  \n');
}

function code(text: string): string {
  return `\`${text.replace(/`/g, "'")}\``;
}

function shortJson(value: unknown): string {
  const json = JSON.stringify(value) ?? '';
  return code(json.length > MAX_TOOL_LENGTH ? `${json.slice(0, MAX_TOOL_LENGTH).toWellFormed()}…` : json);
}

/** Characters that mean something in Markdown, and what looks like a list or a heading at the start of a line. */
function asWritten(text: string): string {
  return text
    .replace(/[\r\n\u2028\u2029]+/g, ' ')
    .replace(/[\\`*_{}[\]<>|~&]/g, '\\$&')
    .replace(/^(\s*)([#+-]|\d+[.)])(?=\s|$)/, (_, space: string, mark: string) => `${space}${escapeMark(mark)}`);
}

function escapeMark(mark: string): string {
  return mark.length > 1 ? `${mark.slice(0, -1)}\\${mark.slice(-1)}` : `\\${mark}`;
}
