// What the examples of the READMEs leave to whoever copies them.
import type { RequestListener, Server } from 'node:http';
import type { RoomClient } from '@colloquy/live-client';
import type { Upstream } from '@colloquy/live-proxy';
import type { RoomEngine, RoomIdentity } from '@colloquy/room-core';
import type { LiveCallbacks } from '@google/genai';
import type { ReactElement } from 'react';

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

  const frame: string;
  const socket: { close(code: number, reason: string): void };
  const player: { write(samples: Uint8Array, sampleRate: number): void; flush(): void };
  const callbacks: LiveCallbacks;
  const samples: Int16Array;

  const room: RoomClient;
  const joinButton: HTMLButtonElement;
  function Timeline(): ReactElement;
  function show(speaker: string, text: string, final: boolean): void;
}
