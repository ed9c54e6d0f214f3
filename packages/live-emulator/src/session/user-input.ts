import type { ClientContent, Content, MediaBlob, RealtimeInput, Setup } from '@colloquy/live-protocol';
import { checkRealtimeInput, decodeBase64, GeminiCloseReason, parseAudioMimeType } from '@colloquy/live-protocol';
import { decodePcm16 } from '../audio/pcm16.ts';
import type { BrainInput } from '../brain/brain.ts';
import type { Profile } from '../profile.ts';
import type { SeededRandom } from '../random.ts';
import type { TranscribedUtterance, Transcriber } from '../transcriber/transcriber.ts';
import type { Unverified } from '../unverified.ts';
import { contentText, type SessionConfiguration } from './configuration.ts';
import type { Conversation } from './conversation.ts';
import { detailTranscriptions, SpeakerLabels } from './detailed-transcription.ts';
import type { InputTranscript } from './input-transcript.ts';
import { InterimTranscript } from './interim-transcript.ts';
import { Listener, type Utterance } from './listener.ts';
import type { Outbox } from './outbox.ts';
import type { Pacing } from './pacing.ts';
import type { SessionRecord } from './session-record.ts';
import type { TurnEngine } from './turn-engine.ts';
import { InputViolation, invalidArgument } from './violation.ts';

/** Rate of audio whose type names none. */
const DEFAULT_RATE = 16_000;
/** Rates that are taken; others could blow a small message up to hours of audio. */
const LOWEST_RATE = 8_000;
const HIGHEST_RATE = 192_000;

/** Options of {@link UserInput}. */
export interface UserInputOptions {
  readonly profile: Profile;
  readonly setup: Setup;
  readonly configuration: SessionConfiguration;
  readonly pacing: Pacing;
  readonly unverified: Unverified;
  readonly random: SeededRandom;
  readonly transcriber: Transcriber;
  readonly conversation: Conversation;
  readonly engine: TurnEngine;
  readonly transcript: InputTranscript;
  readonly outbox: Outbox;
  readonly record: SessionRecord;
  /** A picture came. */
  readonly onPicture: () => void;
  readonly onFailure: (error: unknown) => void;
  /** The initial history came with an earlier connection. */
  readonly isResumed: boolean;
}

/** Everything a client says, types and shows: counted, kept, and made into turns. */
export class UserInput {
  readonly #options: UserInputOptions;
  readonly #listener: Listener;
  /** Until the client has completed its first turn, `clientContent` is history and nothing is answered. */
  #isHistory: boolean;
  /** Transcription may take time; utterances are finished in the order in which they ended. */
  #utterances: Promise<void> = Promise.resolve();
  /** Utterances that have ended and are not yet transcribed. */
  #unfinished = 0;
  #isClosed = false;
  readonly #labels = new SpeakerLabels();
  readonly #interim: InterimTranscript | null;

  constructor(options: UserInputOptions) {
    this.#options = options;
    this.#isHistory = options.configuration.initialHistory && !options.isResumed;
    this.#listener = new Listener({
      voiceActivity: options.configuration.manualActivity ? null : options.configuration.voiceActivity,
      events: { started: (atMs) => this.#activityStarted(atMs), ended: (utterance) => this.#activityEnded(utterance) },
    });
    this.#interim =
      options.unverified.interimInputTranscription && options.configuration.inputTranscription
        ? new InterimTranscript({ ...options, listener: this.#listener })
        : null;
  }

  /** Whether an utterance is heard, or heard and not yet understood. */
  get isListening(): boolean {
    return this.#listener.isActive || this.#unfinished > 0;
  }

  /** @throws {@link InputViolation} when the message means something this session does not allow. */
  takeRealtimeInput(input: RealtimeInput): void {
    const { record, configuration, setup, profile } = this.#options;
    const problem = checkRealtimeInput(input, setup, profile.model);
    if (problem) throw new InputViolation(problem);
    if (input.activityStart) {
      record.activityMarked('activityStarts');
      this.#listener.markStart();
    }
    this.#takeMedia(input);
    if (input.text !== undefined) this.#takeText(input.text);
    if (input.audioStreamEnd) {
      record.activityMarked('audioStreamEnds');
      if (!configuration.manualActivity) this.#listener.pause();
    }
    if (input.activityEnd) {
      record.activityMarked('activityEnds');
      if (!this.#listener.markEnd()) record.note('activityEnd came without activityStart; it was ignored.');
    }
  }

  takeClientContent(content: ClientContent): void {
    const { engine, conversation, configuration, profile, unverified } = this.#options;
    if (unverified.roles === 'documented') checkRoles(content, profile);
    if (profile.name === '3.1' && unverified.clientContentOn31 === 'refuse' && !this.#isHistory) {
      throw new InputViolation(invalidArgument('clientContent', 'Send text as realtimeInput.text behind the history.'));
    }
    const items = (content.turns ?? []).flatMap((turn) => this.#readContent(turn));
    const isComplete = content.turnComplete === true;
    if (this.#isHistory) {
      conversation.addInput(items);
      if (isComplete) this.#isHistory = false;
      return;
    }
    for (const item of items) engine.addInput(item);
    const interrupts = configuration.activityInterrupts || (profile.manner.clientContentAlwaysInterrupts && isComplete);
    if (isComplete) engine.requestTurn({ interrupts });
    else if (interrupts) engine.interrupt();
  }

  /** Nothing that is still being transcribed has any effect any more. */
  close(): void {
    this.#isClosed = true;
    this.#interim?.close();
  }

  #takeMedia(input: RealtimeInput): void {
    if (input.audio) this.#takeAudio(input.audio, 'realtimeInput.audio');
    if (input.video) this.#takePicture(input.video);
    const [chunk] = input.mediaChunks ?? [];
    if (chunk && /^image\//i.test(chunk.mimeType ?? '')) this.#takePicture(chunk);
    else if (chunk) this.#takeAudio(chunk, 'realtimeInput.mediaChunks[0]');
  }

  #takeAudio(blob: MediaBlob, path: string): void {
    const { record, configuration, engine } = this.#options;
    const type = parseAudioMimeType(blob.mimeType ?? '');
    const sampleRate = type?.sampleRate ?? DEFAULT_RATE;
    if (!type || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw new InputViolation({
        closeCode: 1007,
        reason: GeminiCloseReason.inputAudio,
        path: `${path}.mimeType`,
        remedy: `Send "audio/pcm" with a rate from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz.`,
      });
    }
    const samples = decodePcm16(decodeBase64(blob.data ?? ''));
    record.audioReceived(samples, sampleRate);
    this.#listener.push(samples, sampleRate);
    if (configuration.countsAllAudio && !this.#listener.isActive) engine.addSilence(samples.length / sampleRate);
    this.#interim?.update();
  }

  #takePicture(blob: MediaBlob): void {
    const { configuration, engine } = this.#options;
    const pictures = this.#readPicture(blob);
    if (!configuration.countsAllPictures && !this.#listener.isActive) return;
    for (const picture of pictures) engine.addInput(picture);
  }

  #takeText(text: string): void {
    const { record, engine, profile, configuration, transcript, unverified } = this.#options;
    record.textReceived('realtimeInput', 'user', text);
    engine.addInput({ type: 'text', role: 'user', text });
    if ((unverified.echoesRealtimeText ?? profile.manner.echoesRealtimeText) && configuration.inputTranscription)
      transcript.send(text, this.#transcriptionDelay());
    // A text in the middle of an activity belongs to it, and is answered with it; in the history nothing is answered.
    if (!this.#listener.isActive && !this.#isHistory)
      engine.requestTurn({ interrupts: configuration.activityInterrupts });
  }

  #readContent(content: Content): BrainInput[] {
    const text = contentText(content);
    const role = content.role ?? 'user';
    this.#options.record.textReceived('clientContent', role, text);
    if (role === 'system') {
      this.#options.engine.systemInstruction = text;
      return [];
    }
    const pictures = (content.parts ?? []).flatMap((part) => this.#readPicture(part.inlineData));
    return text === '' ? pictures : [...pictures, { type: 'text', role: role === 'model' ? 'model' : 'user', text }];
  }

  #readPicture(blob: MediaBlob | undefined): BrainInput[] {
    const mimeType = blob?.mimeType ?? '';
    if (!/^image\//i.test(mimeType)) return [];
    const bytes = decodeBase64(blob?.data ?? '');
    this.#options.record.pictureReceived(mimeType, bytes);
    this.#options.conversation.countPicture();
    this.#options.onPicture();
    return [{ type: 'picture', mimeType, byteLength: bytes.byteLength }];
  }

  #activityStarted(atMs: number): void {
    const { profile, configuration, outbox, engine } = this.#options;
    engine.activityStarted({ interrupts: configuration.activityInterrupts });
    if (configuration.manualActivity) return;
    if (profile.wire.voiceActivity) outbox.voiceActivity('start', atMs);
    if (configuration.explicitVadSignal) outbox.vadSignal('start');
  }

  #activityEnded(utterance: Utterance): void {
    this.#unfinished += 1;
    this.#utterances = this.#utterances
      .then(() => this.#finishUtterance(utterance))
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onFailure(error);
      })
      .finally(() => {
        this.#unfinished -= 1;
      });
  }

  async #finishUtterance(utterance: Utterance): Promise<void> {
    const { transcriber, record, engine, configuration } = this.#options;
    const heard = await transcriber.transcribe(utterance.samples);
    if (this.#isClosed) return;
    const seconds = (utterance.endMs - utterance.startMs) / 1000;
    record.utteranceHeard(heard.text, utterance.startMs, utterance.endMs);
    if (heard.text !== '') engine.addInput({ type: 'speech', text: heard.text, segments: heard.segments, seconds });
    this.#tellHeard(heard, utterance);
    // Silence is no reason to speak, unless the client says that it was an activity.
    if ((heard.text !== '' || configuration.manualActivity) && !this.#isHistory) {
      engine.requestTurn({ interrupts: false });
    }
    // A next utterance may have begun while this one was transcribed: then the turn waits for its end.
    if (!this.#listener.isActive) engine.activityEnded();
  }

  #tellHeard(heard: TranscribedUtterance, { samplesStartMs, endMs }: Utterance): void {
    const { configuration, profile, outbox, transcript } = this.#options;
    const tellEdge = (): void => {
      if (configuration.manualActivity) return;
      if (profile.wire.voiceActivity) outbox.voiceActivity('end', endMs);
      if (configuration.explicitVadSignal) outbox.vadSignal('end');
    };
    const { inputTranscription, transcriptionDetail } = configuration;
    const delayMs = this.#transcriptionDelay();
    if (inputTranscription && transcriptionDetail) {
      const detailed = detailTranscriptions(heard.segments, samplesStartMs, transcriptionDetail, this.#labels);
      transcript.sendDetailed(detailed, delayMs, tellEdge);
    } else {
      transcript.send(inputTranscription ? heard.text : '', delayMs, tellEdge);
    }
  }

  #transcriptionDelay(): number {
    return this.#options.pacing.transcriptionMs * this.#options.random.between(0.5, 1.5);
  }
}

/** @throws {@link InputViolation} for a turn of somebody whom this backend does not know. */
function checkRoles({ turns = [] }: ClientContent, { model, backend }: Profile): void {
  const roles = ['user', 'model', ...(model.supports.systemRole ? ['system'] : [])];
  const index = turns.findIndex(({ role }) => role !== undefined && role !== '' && !roles.includes(role));
  if (index === -1) return;
  const role = JSON.stringify(turns[index]?.role?.slice(0, 100));
  const remedy = `Use one of ${roles.join(', ')} instead of ${role} on ${backend === 'vertex' ? 'Vertex AI' : 'the Gemini API'}.`;
  throw new InputViolation(invalidArgument(`clientContent.turns[${index}].role`, remedy));
}
