/**
 * Form of the schema tables: message name, field name, and what the field holds, in words separated by spaces.
 *
 * First word, the type: `string`, `bool`, `int32`, `int64`, `float`, `double`, `bytes`, `duration`, `timestamp`; `struct` (an
 * opaque object), `value` (any JSON), `map<string>`, `map<Message>`; `enum:Name`; or the name of a message. `[]` behind
 * it says that the field repeats.
 *
 * Then, in any order: `gemini` or `vertex` where only one backend knows the field, `oneof=name` where only one field of
 * that name may be set.
 *
 * The tables are plain data, so a bundle holds only those it uses.
 */
export type SchemaTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Form of the enum tables: the name that errors quote, then the values in the order of their numbers from 0.
 */
export type EnumTable = Readonly<Record<string, readonly [name: string, ...values: string[]]>>;
