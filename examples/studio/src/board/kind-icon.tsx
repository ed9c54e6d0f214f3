import { CircleCheckBig, CircleHelp, Gavel, type LucideIcon, MessageSquareQuote, Microscope } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CardKind } from './board.ts';

const ICONS: Readonly<Record<CardKind, LucideIcon>> = {
  claim: MessageSquareQuote,
  question: CircleHelp,
  evidence: Microscope,
  decision: Gavel,
  action: CircleCheckBig,
};

/** The sign of a kind of card; its name stands beside it. */
export function KindIcon({ kind }: { kind: CardKind }): ReactNode {
  const Icon = ICONS[kind];
  return <Icon aria-hidden="true" />;
}
