import type { RoomInfo } from '@colloquy/live-protocol';
import { Braces, Download, FileText } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { downloadText, fileNameOf } from '../ui/download.ts';
import { IconButton } from '../ui/icon-button.tsx';
import type { Board } from './board.ts';
import { boardToJson, boardToMarkdown } from './board-files.ts';
import '../ui/menu.css';

/** Takes the board away as a file. */
export function BoardExport({ board, room }: { board: Board; room: Pick<RoomInfo, 'id' | 'name'> }): ReactNode {
  const name = `${fileNameOf(room.name)}-board`;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label="Export the board" tipSide="bottom" data-testid="board-export">
          <Download />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
        <DropdownMenu.Item
          className="menu-item"
          onSelect={() => downloadText(`${name}.md`, 'text/markdown', boardToMarkdown(board, room.name))}
          data-testid="board-markdown"
        >
          <FileText />
          Board (Markdown)
        </DropdownMenu.Item>
        <DropdownMenu.Item
          className="menu-item"
          onSelect={() => downloadText(`${name}.json`, 'application/json', boardToJson(board, room))}
          data-testid="board-json"
        >
          <Braces />
          Board (JSON)
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
