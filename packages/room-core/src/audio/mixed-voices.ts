import { GainRamp } from './gain-ramp.ts';
import type { Mixer } from './mixer.ts';
import type { VoiceTrack } from './voice-track.ts';

/** What a microphone without speech is turned down to: -15 dB. Not to nothing, for a beginning is soft. */
const CLOSED_GAIN = 0.18;

/** Everybody at once: closed gates are soft, soft voices are raised, and the more speak, the softer each. */
export class MixedVoices {
  readonly #gains = new WeakMap<VoiceTrack, GainRamp>();
  readonly #share = new GainRamp(1);

  /** Adds the frames of this tick. @returns people with speech in them. */
  play(tracks: Iterable<VoiceTrack>, mixer: Mixer): readonly string[] {
    const all = [...tracks];
    const active = all.reduce((count, { voice }) => count + (voice.open ? 1 : 0), 0);
    this.#share.advance(1 / Math.sqrt(Math.max(1, active)));
    const voiced: string[] = [];
    for (const track of all) {
      this.#add(track, mixer);
      if (track.voicedAt(track.readAt - 1)) voiced.push(track.participantId);
    }
    return voiced;
  }

  #add(track: VoiceTrack, mixer: Mixer): void {
    catchUp(track);
    const frame = track.frameAt(track.readAt);
    track.readAt += 1;
    let gain = this.#gains.get(track);
    if (!gain) {
      // A gate that opens slowly eats the first sound of a word.
      gain = new GainRamp(1, { risesAtOnce: true });
      this.#gains.set(track, gain);
    }
    gain.advance(track.level.gain * (track.voice.open ? 1 : CLOSED_GAIN));
    mixer.add(frame, gain.from * this.#share.from, gain.to * this.#share.to);
  }
}

/** A voice that is behind since another policy held it back catches up in its pauses. */
function catchUp(track: VoiceTrack): void {
  while (track.readAt < track.live - 1 && !track.voicedAt(track.readAt)) track.readAt += 1;
}
