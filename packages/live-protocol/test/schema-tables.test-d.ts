// The schema tables and the message types say the same: the types are rebuilt from the tables and compared, field by
// field, in both directions.

import type { CLIENT_ENUMS, CLIENT_SCHEMA } from '../src/gemini/schema/client.ts';
import type { CONTENT_ENUMS, CONTENT_SCHEMA } from '../src/gemini/schema/content.ts';
import type { ScalarType } from '../src/gemini/schema/scalars.ts';
import type { SERVER_ENUMS, SERVER_SCHEMA } from '../src/gemini/schema/server.ts';
import type { EnumTable, SchemaTable } from '../src/gemini/schema/table.ts';
import type { TOOL_ENUMS, TOOL_SCHEMA } from '../src/gemini/schema/tools.ts';
import type {
  AudioTranscriptionConfig,
  AuthConfig,
  ClientMessageKinds,
  Content,
  FunctionResponse,
  GenerationConfig,
  GroundingMetadata,
  Part,
  RealtimeInput,
  Retrieval,
  Schema,
  ServerContent,
  ServerMessage,
  Setup,
  Tool,
  Transcription,
  UsageMetadata,
} from '../src/index.ts';
import type { Agree, Expect, MutuallyAssignable } from './assert-types.ts';

type Tables = typeof CLIENT_SCHEMA & typeof CONTENT_SCHEMA & typeof TOOL_SCHEMA & typeof SERVER_SCHEMA;
type Enums = typeof CLIENT_ENUMS & typeof CONTENT_ENUMS & typeof TOOL_ENUMS & typeof SERVER_ENUMS;

type Scalar<T extends ScalarType> = T extends 'bool'
  ? boolean
  : T extends 'int32' | 'float' | 'double'
    ? number
    : string;

/** Values of an enum: everything behind its name. */
type EnumOf<K extends keyof Enums> = Enums[K] extends readonly [string, ...infer Values extends string[]]
  ? Values[number]
  : never;

/** A type that the tables name and nothing defines becomes this, and then agrees with nothing. */
interface Undefined_<T> {
  readonly undefined: T;
}

type Value<T extends string> = T extends `${infer Item}[]`
  ? Value<Item>[]
  : T extends `map<${infer Item}>`
    ? Record<string, Value<Item>>
    : T extends `enum:${infer Name}`
      ? Name extends keyof Enums
        ? EnumOf<Name>
        : Undefined_<T>
      : T extends 'struct'
        ? Record<string, unknown>
        : T extends 'value'
          ? unknown
          : T extends 'Empty'
            ? Record<string, never>
            : T extends ScalarType
              ? Scalar<T>
              : T extends keyof Tables
                ? Message<T>
                : Undefined_<T>;

type FieldOf<T> = T extends `${infer Type} ${string}` ? Value<Type> : T extends string ? Value<T> : never;

type Message<K extends keyof Tables> = { -readonly [F in keyof Tables[K]]?: FieldOf<Tables[K][F]> };

export type TablesAreTables = [
  Expect<MutuallyAssignable<Tables & SchemaTable, Tables>>,
  Expect<MutuallyAssignable<Enums & EnumTable, Enums>>,
];

export type TablesAgreeWithTypes = [
  Expect<Agree<Message<'BidiGenerateContentClientMessage'>, Partial<ClientMessageKinds>>>,
  Expect<Agree<Message<'BidiGenerateContentServerMessage'>, ServerMessage>>,
  // The big ones again, so that an error names the place.
  Expect<Agree<Message<'BidiGenerateContentSetup'>, Setup>>,
  Expect<Agree<Message<'GenerationConfig'>, GenerationConfig>>,
  Expect<Agree<Message<'AudioTranscriptionConfig'>, AudioTranscriptionConfig>>,
  Expect<Agree<Message<'BidiGenerateContentRealtimeInput'>, RealtimeInput>>,
  Expect<Agree<Message<'Tool'>, Tool>>,
  Expect<Agree<Message<'Schema'>, Schema>>,
  Expect<Agree<Message<'AuthConfig'>, AuthConfig>>,
  Expect<Agree<Message<'Retrieval'>, Retrieval>>,
  Expect<Agree<Message<'Content'>, Content>>,
  Expect<Agree<Message<'Part'>, Part>>,
  Expect<Agree<Message<'FunctionResponse'>, FunctionResponse>>,
  Expect<Agree<Message<'Transcription'>, Transcription>>,
  Expect<Agree<Message<'BidiGenerateContentServerContent'>, ServerContent>>,
  Expect<Agree<Message<'GroundingMetadata'>, GroundingMetadata>>,
  Expect<Agree<Message<'UsageMetadata'>, UsageMetadata>>,
];

// The comparison itself can fail.
export type ComparisonCanFail = [
  Expect<Agree<Message<'Content'>, Part> extends false ? true : false>,
  Expect<Agree<Omit<Message<'Content'>, 'role'>, Content> extends false ? true : false>,
  Expect<Agree<Message<'Content'>, { role?: number; parts?: Part[] }> extends false ? true : false>,
];
