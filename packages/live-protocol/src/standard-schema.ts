/** Why a value is not what a schema wants. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema made of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * The part of the Standard Schema interface that is used: Zod, Valibot, ArkType and others have it.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    /** The value as the schema gives it back, or what is wrong with it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Some libraries also tell their schema as JSON Schema. */
    readonly jsonSchema?:
      | {
          /** The schema of what goes in. */
          readonly input: (options: { readonly target: 'draft-2020-12' }) => unknown;
        }
      | undefined;
  };
}

/**
 * The value as the schema gives it back.
 *
 * @throws TypeError that says where the value is wrong.
 */
export async function parseWithSchema<Output>(schema: StandardSchema<Output>, value: unknown): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (!result.issues) return result.value;
  throw new TypeError(result.issues.map(describe).join('; '));
}

function describe({ message, path = [] }: SchemaIssue): string {
  const place = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}

/** The schema as JSON Schema, from libraries that tell it; `undefined` from others. */
export function jsonSchemaOf(schema: StandardSchema | undefined): unknown {
  return schema?.['~standard'].jsonSchema?.input({ target: 'draft-2020-12' });
}
