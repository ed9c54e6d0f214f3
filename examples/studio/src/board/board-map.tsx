import {
  Background,
  Controls,
  type Edge,
  type FitViewOptions,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { type ReactNode, useEffect, useMemo } from 'react';
import type { Board, Card, Relation } from './board.ts';
import { doneWord, KIND_WORDS, RELATION_WORDS } from './board-files.ts';
import { CARD_WIDTH, layoutBoard } from './board-layout.ts';
import { CardFoot, CardText, cardAttributes } from './card-view.tsx';
import { KindIcon } from './kind-icon.tsx';
import './board-map.css';

interface BoardMapProps {
  readonly board: Board;
  /** Absent where the board is only read. */
  readonly onOpen?: (cardId: string) => void;
}

type CardNode = Node<{ readonly card: Card; readonly onOpen?: (cardId: string) => void }, 'card'>;

const NODE_TYPES = { card: CardNodeView };

/** Leaves the buttons in the corner free. */
const FIT: FitViewOptions = { padding: { x: '64px', y: '32px' }, maxZoom: 1 };

/** The board drawn as a map: cards with arrows between them. */
export default function BoardMap(props: BoardMapProps): ReactNode {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing({ board, onOpen }: BoardMapProps): ReactNode {
  const nodes = useMemo(() => toNodes(board, onOpen), [board, onOpen]);
  const edges = useMemo(() => toEdges(board), [board]);
  const { fitView } = useReactFlow();
  // A new arrow moves cards as well; otherwise whoever has moved the map is left alone.
  const shape = `${nodes.length} cards, ${edges.length} arrows`;
  useEffect(() => {
    const frame = requestAnimationFrame(() => void fitView({ ...FIT, duration: motionMs() }));
    return () => cancelAnimationFrame(frame);
  }, [shape, fitView]);
  return (
    <div className="board-map" data-testid="board-map">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        // The button in each card is what takes the focus.
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        minZoom={0.2}
        maxZoom={1.5}
        fitView
        fitViewOptions={FIT}
        aria-label="Map of the board"
      >
        <Background gap={24} />
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  );
}

function CardNodeView({ data }: NodeProps<CardNode>): ReactNode {
  const { card, onOpen } = data;
  const { kind, isDone } = card;
  return (
    <div {...cardAttributes(card)} className="card map-card">
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <p className="card-kind">
        <KindIcon kind={kind} />
        {KIND_WORDS[kind].one}
        {isDone && <span className="card-done">{doneWord(kind)}</span>}
      </p>
      <CardText card={card} onOpen={onOpen} className="nodrag nopan" />
      <CardFoot card={card} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

function toNodes(board: Board, onOpen: ((cardId: string) => void) | undefined): CardNode[] {
  const cards = new Map(board.cards.map((card) => [card.cardId, card]));
  return layoutBoard(board).flatMap(({ cardId, x, y, height }) => {
    const card = cards.get(cardId);
    if (!card) return [];
    const size = { width: CARD_WIDTH, height };
    return [
      {
        id: cardId,
        type: 'card',
        position: { x, y },
        data: { card, ...(onOpen && { onOpen }) },
        ...size,
        initialWidth: CARD_WIDTH,
        initialHeight: height,
      },
    ];
  });
}

function toEdges({ links }: Board): Edge[] {
  return links.map(({ from, to, relation }) => ({
    id: `${from}>${to}`,
    source: from,
    target: to,
    label: RELATION_WORDS[relation],
    className: `relation relation-${relation}`,
    markerEnd: { type: MarkerType.ArrowClosed, color: colourOf(relation) },
  }));
}

function colourOf(relation: Relation): string {
  if (relation === 'opposes') return 'var(--color-danger)';
  return relation === 'supports' || relation === 'answers' ? 'var(--color-success)' : 'var(--color-line-strong)';
}

function motionMs(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 220;
}
