import type { EntryActor, MediaState, RoomConfiguration } from '@colloquy/live-protocol';
import { RoomCodecAgreement } from '../media/codec-agreement.ts';
import { PeopleMedia } from '../media/people-media.ts';
import { budgetedSenses } from '../metering/budgeted-senses.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { RoomModel } from '../model/room-model.ts';
import type { NodeTenure } from '../nodes/node-tenure.ts';
import type { Clock } from '../ports/clock.ts';
import type { MixerPort } from '../ports/room-mixer.ts';
import type { Roster } from '../presence/roster.ts';
import { recordedSenses } from '../recording/recorded-senses.ts';
import { RoomRecording } from '../recording/room-recording.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { RoomSettings } from '../settings.ts';
import type { LiveConnection } from './live-connection.ts';
import type { Outlet } from './outlet.ts';
import type { RoomLog } from './room-log.ts';
import { RoomMedia } from './room-media.ts';

/** What a {@link MediaDesk} is made of. */
export interface MediaDeskOptions {
  readonly roomId: string;
  readonly configuration: RoomConfiguration;
  readonly clock: Clock;
  readonly mixers: MixerPort;
  readonly settings: RoomSettings;
  readonly log: RoomLog;
  readonly roster: Roster;
  readonly outlet: Outlet;
  readonly model: RoomModel;
  /** The model as a speaker. */
  readonly modelActor: EntryActor;
  /** Where several servers share the room: what the next one has to know. */
  readonly kept: NodeTenure['media'] | null;
  readonly onMeasured: (measurement: RoomMeasurement) => void;
  readonly onError: (stage: RoomErrorStage, error: unknown) => void;
}

/** Where the media of a room goes: from people to each other, to the model, and into recordings. */
export class MediaDesk {
  /** What the model hears and sees. */
  readonly model: RoomMedia;
  /** What people hear and see of each other. */
  readonly people: PeopleMedia;
  readonly codecs: RoomCodecAgreement;
  readonly recording: RoomRecording;
  readonly #kept: NodeTenure['media'] | null;

  constructor(options: MediaDeskOptions) {
    const { clock, configuration, log, mixers, model, onError, onMeasured, outlet, roster, settings } = options;
    this.#kept = options.kept;
    const { floorReleaseMs, leaveOutEchoes, limits, opusDecoder } = settings;
    const actorOf = (participantId: string) => roster.actor(participantId);
    this.model = new RoomMedia({
      ...{ actorOf, clock, configuration, floorReleaseMs, leaveOutEchoes, limits, mixers, onMeasured },
      model: model.desk,
      timeline: model.timeline,
      broadcast: (message) => {
        outlet.broadcast(message);
        this.#keep();
      },
      roleOf: (participantId) => roster.role(participantId),
      onSpeaking: (participantId, speaking) => roster.setSpeaking(participantId, speaking),
    });
    this.recording = new RoomRecording({
      ...{ clock, model: options.modelActor, roomId: options.roomId },
      store: settings.recordings,
      maxMs: settings.maxRecordingMs,
      append: (entry) => log.write(entry),
      onChanged: (recording) => {
        outlet.broadcast({ type: 'recording', recording });
        this.#keep();
      },
      onError: (error) => onError('recording', error),
    });
    const senses = budgetedSenses(this.model, (...what) => model.metering.allows(...what));
    this.people = new PeopleMedia({
      ...{ clock, opusDecoder, ...limits },
      senses: recordedSenses(senses, () => this.recording.recorder, actorOf),
      members: () => outlet.members,
      askForKeyFrame: (connectionId, source) => {
        const sender = outlet.find(connectionId);
        if (sender) outlet.send(sender.port, { type: 'keyFrame', source });
      },
      onError: (error) => onError('media', error),
    });
    this.codecs = new RoomCodecAgreement({
      opusDecoder,
      members: () => outlet.members,
      onChanged: (codecs) => outlet.broadcast({ type: 'codecs', ...codecs }),
      onError: (error) => onError('media', error),
    });
    // An earlier time of this room may have used most of its budget.
    this.model.sharePictures(model.pictureShare);
  }

  /** The room ran on another server before, and its people are here: they find what they had arranged. */
  restore(): void {
    const before = this.#kept?.before;
    if (!before) return;
    this.model.restore(before);
    this.#keep();
  }

  /** Somebody came. */
  joined(connection: LiveConnection): void {
    this.codecs.membersChanged();
    this.people.joined(connection);
  }

  setMedia(connection: LiveConnection, media: MediaState): void {
    this.model.setMedia(connection, media);
    this.people.setMedia(connection.connectionId, media);
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    this.model.remove(connectionId);
    this.people.remove(connectionId);
    this.codecs.membersChanged();
  }

  /** @throws RoomCoreError `ERR_NOT_ALLOWED`, `ERR_STORE_UNAVAILABLE` */
  record(active: boolean, by: EntryActor): Promise<void> {
    return active ? this.recording.start(by) : this.recording.stop(by, 'asked');
  }

  #keep(): void {
    this.#kept?.changed(() => {
      const { floor, pin } = this.model.shared;
      const { holder, queue } = floor;
      const { active, recordingId, since } = this.recording.state;
      if (holder === null && queue.length === 0 && pin === null && !active) return null;
      return { floor: { holder, queue }, pin, recording: active ? { recordingId, since } : null };
    });
  }

  /** Resolves when what was recorded is whole. */
  dispose(): Promise<void> {
    const recorded = this.recording.dispose();
    this.model.dispose();
    this.people.dispose();
    return recorded;
  }
}
