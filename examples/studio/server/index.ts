/**
 * Knowledge Synthesizer Studio as a server: the app, its rooms and the model behind them.
 *
 * @packageDocumentation
 */

export { ListenError } from './listen.ts';
export type { Environment, ModelSource, StudioSettings } from './settings.ts';
export { DEFAULT_GEMINI_API_MODEL, DEFAULT_VERTEX_MODEL, readSettings, SettingsError } from './settings.ts';
export type { RunningStudio, StudioLogger, StudioOptions } from './studio.ts';
export { startStudio } from './studio.ts';
