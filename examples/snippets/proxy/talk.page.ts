declare function show(speaker: string, text: string): void;
declare const button: HTMLButtonElement;

// #region page
import { GeminiLiveAPI, isLiveClientError } from '@colloquy/live-client';

const live = new GeminiLiveAPI({
  url: '/live',
  ticket: async () => (await (await fetch('/live/tickets', { method: 'POST' })).json()).ticket,
  setup: { model: 'models/gemini-3.8-live', outputAudioTranscription: {}, inputAudioTranscription: {} },
});
live.on('transcriptUpdated', ({ speaker, text }) => show(speaker, text));

button.onclick = async () => {
  try {
    await live.connect();
    await live.speaker.resume();
    await live.microphone.start();
  } catch (error) {
    if (!isLiveClientError(error)) throw error;
    show('error', `${error.message} ${error.hint ?? ''}`);
  }
};
// #endregion
