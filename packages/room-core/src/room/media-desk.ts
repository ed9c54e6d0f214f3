import type { EntryActor, MediaState, RoomConfiguration } from '@colloquy/live-protocol';
import { RoomCodecAgreement } from '../media/codec-agreement.ts';
import { PeopleMedia } from '../media/people-media.ts';
import { budgetedSenses } from '../metering/budgeted-senses.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import type { RoomModel } from '../model/room-model.ts';
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

  constructor(options: MediaDeskOptions) {
    const { clock, configuration, log, mixers, model, onError, onMeasured, outlet, roster, settings } = options;
    const { floorReleaseMs, leaveOutEchoes, limits, opusDecoder } = settings;
    const actorOf = (participantId: string) => roster.actor(participantId);
    this.model = new RoomMedia({
      ...{ actorOf, clock, configuration, floorReleaseMs, leaveOutEchoes, limits, mixers, onMeasured },
      model: model.desk,
      timeline: model.timeline,
      broadcast: (message) => outlet.broadcast(message),
      roleOf: (participantId) => roster.role(participantId),
      onSpeaking: (participantId, speaking) => roster.setSpeaking(participantId, speaking),
    });
    this.recording = new RoomRecording({
      ...{ clock, model: options.modelActor, roomId: options.roomId },
      store: settings.recordings,
      maxMs: settings.maxRecordingMs,
      append: (entry) => log.write(entry),
      onChanged: (recording) => outlet.broadcast({ type: 'recording', recording }),
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

  /** Resolves when what was recorded is whole. */
  dispose(): Promise<void> {
    const recorded = this.recording.dispose();
    this.model.dispose();
    this.people.dispose();
    return recorded;
  }
}
