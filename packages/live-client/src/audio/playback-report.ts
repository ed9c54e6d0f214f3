import type { PlaybackEngine } from './playback-engine.ts';
import type { PlaybackNews } from './worklet-messages.ts';

/** Finds what is worth a message: anything but more of the same silence. */
export class PlaybackReport {
  #told: PlaybackNews = { level: 0, heardTurn: 0, heardMs: 0, heardWhole: true };

  /** Takes the level from the engine; `null` when all is as it was told. */
  next(engine: PlaybackEngine): PlaybackNews | null {
    const { heardTurn, heardMs, heardWhole } = engine;
    const news = { level: engine.takeLevel(), heardTurn, heardMs, heardWhole };
    const told = this.#told;
    this.#told = news;
    // A turn may end in digital silence, which is heard as well.
    const isSame = heardTurn === told.heardTurn && heardMs === told.heardMs && heardWhole === told.heardWhole;
    return isSame && news.level === 0 && told.level === 0 ? null : news;
  }
}
