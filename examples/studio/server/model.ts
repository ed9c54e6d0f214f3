import {
  type Emulator,
  type EmulatorOptions,
  PhraseTranscriber,
  type SpokenPhrase,
  startEmulator,
} from '@colloquy/live-emulator';
import { endpoint, geminiApi, type Upstream, vertex } from '@colloquy/live-proxy';
import type { ModelSource } from './settings.ts';

/** What the rooms talk to, and the emulator if it is ours. */
export interface OpenedSource {
  readonly upstream: Upstream;
  readonly emulator: Emulator | null;
  /** For people; holds no credential. */
  readonly description: string;
}

/** Makes the upstream of a source; starts the embedded emulator when that is the source. */
export async function openSource(
  source: ModelSource,
  options: { readonly phrases?: readonly SpokenPhrase[]; readonly emulator?: EmulatorOptions },
): Promise<OpenedSource> {
  const { model } = source;
  switch (source.kind) {
    case 'emulator': {
      const transcriber = new PhraseTranscriber({ phrases: options.phrases });
      const emulator = await startEmulator({ port: 0, voice: 'auto', transcriber, ...options.emulator });
      return {
        upstream: endpoint({ url: emulator.url }),
        emulator,
        description: 'the embedded emulator: no key, no network',
      };
    }
    case 'gemini-api':
      return {
        upstream: geminiApi({ apiKey: source.apiKey }),
        emulator: null,
        description: `${model} on the Gemini API`,
      };
    case 'vertex': {
      const { project, location } = source;
      const description = `${model} on Vertex AI (project ${project}, ${location})`;
      return { upstream: vertex({ project, location }), emulator: null, description };
    }
    case 'endpoint': {
      const upstream = endpoint({ url: source.url });
      return { upstream, emulator: null, description: `${model} at ${upstream.describe()}` };
    }
    default:
      return source satisfies never;
  }
}
