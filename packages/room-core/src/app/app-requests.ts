import type { AppData, AppEntriesPage, EntryActor } from '@colloquy/live-protocol';
import type { RequestHandlers } from '../room/request-desk.ts';
import type { AppTopicDesk } from './app-topic.ts';

/** Keeps and reads what applications have in the log. */
export interface AppRoom {
  readonly topics: AppTopicDesk;
  /** Stores checked data. @returns the number of the entry. */
  appendApp(topic: string, data: AppData, by: EntryActor): Promise<number>;
  readApp(options: { readonly topic: string; readonly after: number; readonly limit: number }): Promise<AppEntriesPage>;
}

/** The requests that are about the application's own entries. */
export function appRequests(room: AppRoom): Pick<RequestHandlers, 'publish' | 'appEntries'> {
  return {
    publish: {
      // The topic says who may.
      roles: ['host', 'speaker', 'viewer'],
      run: async ({ topic, data }, { actor, role }) => {
        room.topics.checkRole(topic, role);
        return { seq: await room.appendApp(topic, await room.topics.check(topic, data), actor) };
      },
    },
    appEntries: {
      roles: ['host', 'speaker', 'viewer'],
      run: ({ topic, after, limit }) => room.readApp({ topic, after, limit }),
    },
  };
}
