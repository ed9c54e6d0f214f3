import {
  type ClientMessageKind,
  type GenerationConfig,
  modelId,
  type RealtimeInputConfig,
  type Setup,
} from '@colloquy/live-protocol';
import { LiveProxyError } from './errors.ts';
import type { DecideSetup, SetupDecision } from './setup-decision.ts';

/** Fields of a setup that the server decides with {@link setupPolicy}'s `base`. */
export type BaseSetup = Omit<Setup, 'model' | 'systemInstruction'>;

/** A field of a setup that a client may choose. */
export type SetupField =
  | Exclude<keyof Setup, 'model'>
  | `generationConfig.${keyof GenerationConfig}`
  | `realtimeInputConfig.${keyof RealtimeInputConfig}`;

/** Options of {@link setupPolicy}. */
export interface SetupPolicyOptions<Identity> {
  /** The models that clients may ask for, by id or resource name; the first one is for those that name none. */
  readonly models: readonly string[];
  /** The system instruction of every session; a client's own is not heard. */
  readonly instructions?: string | ((identity: Identity) => string | Promise<string>);
  /** All other fields, where the client may not choose, or does not. @defaultValue `{}` */
  readonly base?: BaseSetup;
  /** Fields that a client's setup may set; all others of it are left out without a word. @defaultValue `[]` */
  readonly clientMay?: readonly SetupField[];
  /**
   * Messages that clients may send after the setup; another one closes with 4403. Without `'contextUpdate'` nobody
   * replaces the instructions and tools of a running session.
   *
   * @defaultValue `['realtimeInput', 'clientContent', 'toolResponse']`
   */
  readonly messages?:
    | readonly Exclude<ClientMessageKind, 'setup'>[]
    | ((identity: Identity) => readonly Exclude<ClientMessageKind, 'setup'>[]);
}

const usualMessages = ['realtimeInput', 'clientContent', 'toolResponse'] as const;

/**
 * A `setup` hook for the common case: which models, whose instructions, and what a client may choose.
 *
 * @throws TypeError for options that cannot work.
 *
 * @example
 * ```ts
 * const proxy = createLiveProxy({
 *   upstream,
 *   authenticate,
 *   setup: setupPolicy({
 *     models: ['gemini-3.8-live'],
 *     instructions: ({ name }) => `You moderate a panel. The host is ${name}.`,
 *     base: { generationConfig: { responseModalities: ['AUDIO'] }, outputAudioTranscription: {} },
 *     clientMay: ['generationConfig.speechConfig', 'sessionResumption'],
 *   }),
 * });
 * ```
 */
export function setupPolicy<Identity = unknown>(options: SetupPolicyOptions<Identity>): DecideSetup<Identity> {
  checkOptions(options);
  const { models, instructions, base = {}, clientMay = [], messages = usualMessages } = options;
  return async (requested, identity): Promise<SetupDecision> => {
    const setup: Setup = structuredClone(base);
    for (const field of clientMay) copyField(requested, setup, field);
    setup.model = chooseModel(requested.model, models);
    if (instructions !== undefined) {
      const text = typeof instructions === 'function' ? await instructions(identity) : instructions;
      setup.systemInstruction = { parts: [{ text }] };
    }
    return { setup, messages: typeof messages === 'function' ? messages(identity) : messages };
  };
}

function chooseModel(requested: string | undefined, models: readonly string[]): string | undefined {
  if (!requested) return models[0];
  const allowed = models.find((model) => modelId(model) === modelId(requested));
  if (allowed !== undefined) return allowed;
  const names = models.map(modelId).join(', ');
  throw new LiveProxyError('ERR_NOT_ALLOWED', `The model ${modelId(requested)} is not allowed here; choose ${names}.`);
}

function copyField(from: Setup, to: Setup, field: SetupField): void {
  const [name, part] = field.split('.') as [keyof Setup, string | undefined];
  const given = from[name];
  if (given === undefined) return;
  if (part === undefined) {
    Object.assign(to, { [name]: given });
    return;
  }
  if (typeof given !== 'object' || !Object.hasOwn(given, part)) return;
  const value = (given as Record<string, unknown>)[part];
  Object.assign(to, { [name]: { ...(to[name] as object | undefined), [part]: value } });
}

const setupFields: Readonly<Record<Exclude<keyof Setup, 'model'>, true>> = {
  generationConfig: true,
  systemInstruction: true,
  tools: true,
  realtimeInputConfig: true,
  sessionResumption: true,
  contextWindowCompression: true,
  inputAudioTranscription: true,
  outputAudioTranscription: true,
  proactivity: true,
  historyConfig: true,
  explicitVadSignal: true,
  avatarConfig: true,
  safetySettings: true,
  labels: true,
};

const optionNames = ['models', 'instructions', 'base', 'clientMay', 'messages'];

function checkOptions({ models, instructions, base, clientMay = [], ...more }: SetupPolicyOptions<never>): void {
  for (const name of Object.keys(more)) {
    if (!optionNames.includes(name)) fail(`${name} is not an option; options are ${optionNames.join(', ')}`);
  }
  if (!Array.isArray(models) || models.length === 0) fail('models is empty; name those that clients may ask for');
  for (const field of clientMay) {
    if (/^(?:generationConfig|realtimeInputConfig)\.[a-z]\w*$/i.test(field) || Object.hasOwn(setupFields, field))
      continue;
    fail(`clientMay: ${JSON.stringify(field)} is no field; fields are ${Object.keys(setupFields).join(', ')}`);
  }
  if (instructions !== undefined && clientMay.includes('systemInstruction')) {
    fail('instructions are the server’s; leave them out, or systemInstruction out of clientMay');
  }
  if (base !== undefined && ('model' in base || 'systemInstruction' in base)) {
    fail('base holds model or systemInstruction; use models and instructions');
  }
}

function fail(what: string): never {
  throw new TypeError(`setupPolicy: ${what}.`);
}
