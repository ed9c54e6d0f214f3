import type { SpokenPhrase } from '@colloquy/live-emulator';
import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai';

/** A person at the studio whose client is Google's SDK, unchanged. */
export class SdkGuest {
  readonly participantId: string;
  readonly #session: Session;
  readonly #messages: readonly LiveServerMessage[];

  private constructor(participantId: string, session: Session, messages: readonly LiveServerMessage[]) {
    this.participantId = participantId;
    this.#session = session;
    this.#messages = messages;
  }

  static async join(studioUrl: string, roomPath: string, name: string): Promise<SdkGuest> {
    const introduced = await fetch(new URL('/api/session', studioUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: new URL(studioUrl).origin },
      body: JSON.stringify({ name }),
    });
    const cookie = introduced.headers.get('set-cookie')?.split(';')[0];
    if (!introduced.ok || !cookie) throw new Error(`The studio did not take ${name}: ${introduced.status}.`);
    const { session: known } = (await introduced.json()) as { readonly session: { readonly participantId: string } };
    const baseUrl = new URL(`/api${roomPath}/live`, studioUrl).href;
    const ai = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl, headers: { cookie } } });
    const messages: LiveServerMessage[] = [];
    const session = await ai.live.connect({
      model: 'whatever-it-likes',
      config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {} },
      callbacks: { onmessage: (message) => messages.push(message) },
    });
    return new SdkGuest(known.participantId, session, messages);
  }

  /** Answers of the model that are over. */
  get turns(): number {
    return this.#messages.filter(({ serverContent }) => serverContent?.turnComplete).length;
  }

  /** Messages with the model's voice. */
  get audioMessages(): number {
    return this.#messages.filter(({ data }) => data !== undefined).length;
  }

  /** All at once, as a client does that reads a recording; the room hears it in real time. */
  say({ sampleRate, samples }: Pick<SpokenPhrase, 'sampleRate' | 'samples'>): void {
    const withPause = new Int16Array(samples.length + sampleRate * 1.5);
    withPause.set(samples);
    const data = Buffer.from(withPause.buffer).toString('base64');
    this.#session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${sampleRate}` } });
    this.#session.sendRealtimeInput({ audioStreamEnd: true });
  }

  leave(): void {
    this.#session.close();
  }
}
