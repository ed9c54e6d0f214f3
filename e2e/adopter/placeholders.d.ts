// What the examples of the READMEs leave to whoever copies them.
import type { RequestListener, Server } from 'node:http';
import type { GeminiLiveAPI, RoomClient, StandardSchema } from '@colloquy/live-client';
import type { EntryActor } from '@colloquy/live-protocol';
import type { Upstream } from '@colloquy/live-proxy';
import type { ModelPort, RoomEngine, RoomIdentity, RoomManager } from '@colloquy/room-core';
import type { LiveCallbacks } from '@google/genai';
import type { ReactNode } from 'react';

declare global {
  const app: RequestListener;
  const server: Server;
  const upstream: Upstream;
  const ticket: string;
  const user: { readonly id: string; readonly name: string };
  function verifyTicket(ticket: string | null): Promise<RoomIdentity | null>;
  function authenticate(request: { readonly ticket: string | null }): Promise<RoomIdentity | null>;
  function instructionFor(identity: RoomIdentity): string;
  function archive(roomId: string, text: string): void;
  function myEngine(): Promise<RoomEngine>;
  const rooms: RoomManager;
  function bill(...what: readonly unknown[]): void;
  const engine: RoomEngine;
  const roomId: string;
  const cardId: string;
  const cardSchema: StandardSchema<{ readonly cardId: string; readonly text: string }>;
  const ana: EntryActor;
  const model: ModelPort;
  const slide: Readonly<Record<string, unknown>>;
  const notes: {
    add(roomId: string, text: string, options: { readonly by?: string; readonly signal: AbortSignal }): Promise<string>;
  };
  function clear(roomId: string): Promise<Record<string, unknown>>;

  /** As libraries of schemas have it. */
  const z: {
    object<Shape extends Record<string, StandardSchema>>(
      shape: Shape,
    ): StandardSchema<{ readonly [K in keyof Shape]: Shape[K] extends StandardSchema<infer Output> ? Output : never }>;
    string(): StandardSchema<string>;
  };

  const frame: string;
  const socket: { close(code: number, reason: string): void };
  const player: { write(samples: Uint8Array, sampleRate: number): void; flush(): void };
  const callbacks: LiveCallbacks;
  const samples: Int16Array;

  const room: RoomClient;
  const live: GeminiLiveAPI;
  const ring: HTMLElement;
  const video: HTMLVideoElement;
  function goTo(slide: unknown): boolean;
  function fetchWeather(city: string, signal: AbortSignal): Promise<Record<string, unknown>>;
  const joinButton: HTMLButtonElement;
  const root: { render(node: ReactNode): void };
  function show(speaker: string, text: string, final: boolean): void;
}
