// What the READMEs leave to whoever copies their code, in a page: the same names as in e2e/adopter/placeholders.d.ts.
import { GeminiLiveAPI, RoomClient } from '@colloquy/live-client';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';

const said: string[] = [];
const room = new RoomClient({ url: '/rooms/panel', clientId: 'the-page' });
const live = new GeminiLiveAPI({ url: '/live', setup: { model: 'models/gemini-3.8-live' } });
await room.connect();

Object.assign(globalThis, {
  room,
  live,
  said,
  z,
  root: createRoot(document.body.appendChild(document.createElement('div'))),
  goTo: (slide: unknown) => said.push(`slide ${slide}`) > 0,
  show: (speaker: string, text: string) => said.push(`${speaker}: ${text}`),
  fetchWeather: async (city: string) => {
    said.push(`weather in ${city}`);
    return { sky: 'blue' };
  },
});
