/**
 * Rooms of `@colloquy/room-core` behind HTTP and WebSocket, with Gemini as their model.
 *
 * @packageDocumentation
 */

// Serving rooms
export type { Authorize, RoomAction } from './access.ts';
export { authorizeByRole } from './access.ts';
// Gemini as the model
export type { GeminiModelOptions } from './gemini/gemini-model.ts';
export { geminiModel } from './gemini/gemini-model.ts';
export type { GeminiSessionLimits } from './gemini/gemini-session-options.ts';
export type { RoomSetupOptions } from './gemini/room-setup.ts';
export type { RoomServerLimits } from './limits.ts';
// Sound
export { opusDecoder } from './opus-decoder.ts';
// Metrics
export type { ObservedRooms, RoomTelemetryOptions } from './room-telemetry.ts';
export type { RoomServer, RoomsPort, ServeRoomsOptions } from './serve-rooms.ts';
export { serveRooms } from './serve-rooms.ts';
