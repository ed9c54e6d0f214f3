import { type ModelProfile, type RoomConfiguration, VOICE_CHARACTERS } from '@colloquy/live-protocol';

/** A choice of a field; `value` is what the configuration gets. */
export interface FieldOption {
  readonly value: string | boolean | null;
  readonly label: string;
}

/** One control of the configuration. */
export type ConfigField = {
  /** Where in the configuration, such as `thinking.level`. */
  readonly path: FieldPath;
  readonly label: string;
  readonly help?: string;
} & (
  | { readonly control: 'choice'; readonly options: (profile: ModelProfile) => readonly FieldOption[] }
  | {
      readonly control: 'number';
      readonly min: number;
      readonly max: number;
      readonly step: number;
      readonly unit?: string;
    }
  | { readonly control: 'switch' }
  | {
      readonly control: 'text';
      readonly placeholder: string;
      readonly suggestions?: (profile: ModelProfile) => readonly string[];
    }
);

/** Every place of the configuration that a control of its own. */
export type FieldPath = {
  [K in keyof RoomConfiguration & string]: RoomConfiguration[K] extends object
    ? `${K}.${keyof RoomConfiguration[K] & string}`
    : K;
}[keyof RoomConfiguration & string];

/** Fields that belong together. */
export interface ConfigGroup {
  readonly title: string;
  readonly fields: readonly ConfigField[];
}

const MODELS_CHOICE: FieldOption = { value: null, label: 'The model decides' };
const YES_NO: readonly FieldOption[] = [MODELS_CHOICE, { value: true, label: 'On' }, { value: false, label: 'Off' }];

function options(...values: readonly (readonly [value: string | null, label: string])[]): () => readonly FieldOption[] {
  const all = values.map(([value, label]) => ({ value, label }));
  return () => all;
}

/** Every field but model and instructions, which have controls of their own. */
export const CONFIG_GROUPS: readonly ConfigGroup[] = [
  {
    title: 'Voice',
    fields: [
      {
        path: 'voice',
        label: 'Voice',
        control: 'choice',
        options: ({ supports }) => [
          MODELS_CHOICE,
          ...supports.voices.map((voice) => {
            const character = (VOICE_CHARACTERS as Readonly<Record<string, string>>)[voice];
            return { value: voice, label: character ? `${voice} (${character.toLowerCase()})` : voice };
          }),
        ],
      },
      {
        path: 'language',
        label: 'Language',
        help: 'A code such as en-US; empty: the model hears which one is spoken.',
        control: 'text',
        placeholder: 'As spoken',
        suggestions: ({ supports }) => (supports.languageCodes === 'any' ? [] : supports.languageCodes),
      },
      {
        path: 'response',
        label: 'Answers',
        control: 'choice',
        options: options([null, 'As usual for the model'], ['audio', 'Spoken'], ['text', 'Written']),
      },
      {
        path: 'affectiveDialog',
        label: 'Affective dialogue',
        help: 'Hears feelings and answers in kind.',
        control: 'choice',
        options: () => YES_NO,
      },
    ],
  },
  {
    title: 'Answering',
    fields: [
      { path: 'temperature', label: 'Temperature', control: 'number', min: 0, max: 2, step: 0.1 },
      { path: 'topP', label: 'Top P', control: 'number', min: 0, max: 1, step: 0.05 },
      { path: 'topK', label: 'Top K', control: 'number', min: 1, max: 1000, step: 1 },
      {
        path: 'maxOutputTokens',
        label: 'Longest answer',
        control: 'number',
        min: 1,
        max: 1_000_000,
        step: 1,
        unit: 'tokens',
      },
      {
        path: 'proactivity',
        label: 'Proactive audio',
        help: 'Lets the model decide not to answer.',
        control: 'choice',
        options: () => YES_NO,
      },
      { path: 'grounding', label: 'Search with Google', control: 'switch' },
      {
        path: 'thinking.level',
        label: 'Thinking',
        control: 'choice',
        options: options(
          [null, 'The model decides'],
          ['minimal', 'Minimal'],
          ['low', 'Low'],
          ['medium', 'Medium'],
          ['high', 'High'],
        ),
      },
      {
        path: 'thinking.budget',
        label: 'Thinking budget',
        help: '0 answers without thinking.',
        control: 'number',
        min: 0,
        max: 32_768,
        step: 1,
        unit: 'tokens',
      },
    ],
  },
  {
    title: 'Listening and looking',
    fields: [
      {
        path: 'activityDetection.startSensitivity',
        label: 'Speech begins',
        control: 'choice',
        options: options([null, 'The model decides'], ['high', 'Easily'], ['low', 'Only when clear']),
      },
      {
        path: 'activityDetection.endSensitivity',
        label: 'Speech ends',
        control: 'choice',
        options: options([null, 'The model decides'], ['high', 'At short pauses'], ['low', 'At long pauses']),
      },
      {
        path: 'activityDetection.prefixPaddingMs',
        label: 'Speech counts after',
        control: 'number',
        min: 0,
        max: 5_000,
        step: 10,
        unit: 'ms',
      },
      {
        path: 'activityDetection.silenceDurationMs',
        label: 'Silence that ends it',
        control: 'number',
        min: 0,
        max: 10_000,
        step: 50,
        unit: 'ms',
      },
      {
        path: 'turnCoverage',
        label: 'A turn includes',
        control: 'choice',
        options: options(
          [null, 'The model decides'],
          ['activity', 'Speech only'],
          ['activity-and-video', 'Speech and all pictures'],
          ['everything', 'Everything'],
        ),
      },
      {
        path: 'mediaResolution',
        label: 'Picture detail',
        control: 'choice',
        options: options([null, 'The model decides'], ['low', 'Low'], ['medium', 'Medium'], ['high', 'High']),
      },
      { path: 'transcription.input', label: 'Write down what people say', control: 'switch' },
      { path: 'transcription.output', label: 'Write down what the model says', control: 'switch' },
    ],
  },
  {
    title: 'Who speaks to the model',
    fields: [
      {
        path: 'floor',
        label: 'Microphones',
        control: 'choice',
        options: options(
          ['mix', 'Everybody, mixed'],
          ['pick', 'Whoever is speaking'],
          ['floor', 'Whoever has the floor'],
        ),
      },
      {
        path: 'floorMode',
        label: 'The floor is given',
        control: 'choice',
        options: options(
          ['open', 'To who presses to talk'],
          ['queue', 'In the order of raised hands'],
          ['moderated', 'By a host'],
        ),
      },
      {
        path: 'bargeIn.who',
        label: 'May interrupt the model',
        control: 'choice',
        options: options(['anyone', 'Anyone'], ['hosts', 'Hosts'], ['nobody', 'Nobody']),
      },
      {
        path: 'bargeIn.afterMs',
        label: 'Interrupts after',
        help: 'Speech of this length; 0 leaves it to the model.',
        control: 'number',
        min: 0,
        max: 5_000,
        step: 50,
        unit: 'ms',
      },
      {
        path: 'speakerCues',
        label: 'Tell the model who speaks',
        control: 'choice',
        options: options(
          ['auto', 'As the model takes it'],
          ['text', 'In words'],
          ['context', 'As context'],
          ['none', 'Not at all'],
        ),
      },
    ],
  },
];

/** What people know a field by, whose path a refusal begins with. */
export function nameField(problem: string): string {
  const [whole = '', path] = /^configuration\.([\w.]+)/.exec(problem) ?? [];
  const field = CONFIG_GROUPS.flatMap(({ fields }) => fields).find((one) => one.path === path);
  return field === undefined ? problem : `${field.label}:${problem.slice(whole.length)}`;
}

/** The value at a path. */
export function valueAt(configuration: RoomConfiguration, path: string): unknown {
  const [field = '', part] = path.split('.');
  const value = (configuration as unknown as Record<string, unknown>)[field];
  return part === undefined ? value : (value as Record<string, unknown>)[part];
}

/** The configuration with another value at a path. */
export function withValue(configuration: RoomConfiguration, path: string, value: unknown): RoomConfiguration {
  const [field = '', part] = path.split('.');
  if (part === undefined) return { ...configuration, [field]: value };
  const whole = (configuration as unknown as Record<string, object>)[field];
  return { ...configuration, [field]: { ...whole, [part]: value } };
}

/** The fields of `draft` that are not as in `base`, each as a whole, the way a host's request names them. */
export function changesOf(base: RoomConfiguration, draft: RoomConfiguration): Partial<RoomConfiguration> {
  const names = Object.keys(draft) as (keyof RoomConfiguration)[];
  const changed = names.filter((name) => JSON.stringify(base[name]) !== JSON.stringify(draft[name]));
  return Object.fromEntries(changed.map((name) => [name, draft[name]]));
}
