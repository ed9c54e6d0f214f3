import { Cloud, FlaskConical } from 'lucide-react';
import type { ReactNode } from 'react';
import type { StudioInfo } from '../api/session.ts';
import './model-note.css';

const SOURCES: Readonly<Record<StudioInfo['source'], string>> = {
  emulator: 'Built-in emulator: rehearsed answers, no key, no cost',
  'gemini-api': 'Gemini API',
  vertex: 'Vertex AI',
  endpoint: 'Live API of your own',
};

/** Says plainly which model answers here. */
export function ModelNote({ studio }: { studio: StudioInfo }): ReactNode {
  const Icon = studio.source === 'emulator' ? FlaskConical : Cloud;
  return (
    <p className="model-note" data-testid="model-note" data-source={studio.source}>
      <Icon aria-hidden="true" />
      <span>
        {SOURCES[studio.source]}
        {studio.source !== 'emulator' && <> · {studio.model}</>}
      </span>
    </p>
  );
}
