/**
 * A scripted server and devices without devices, for tests of applications that use this package.
 *
 * @example
 * ```ts
 * const network = new ScriptedNetwork();
 * const media = new FakeMedia();
 * const live = new GeminiLiveAPI({ url: 'ws://host/live', setup: {}, webSocket: network.WebSocket, media: media.factory });
 * const connected = live.connect();
 * await settle();                                  // the URL and the ticket may be promises
 * network.socket.accept();
 * network.socket.say({ setupComplete: {} });
 * await connected;
 * network.socket.say({ serverContent: { outputTranscription: { text: 'Hello' } } });
 * ```
 *
 * @packageDocumentation
 */

export type { FakePlaybackSource } from './fake-media.ts';
export { FakeMedia, FakeMicrophone, FakePictureSource, FakeSpeaker } from './fake-media.ts';
export { ScriptedNetwork, ScriptedSocket, settle } from './scripted-network.ts';
