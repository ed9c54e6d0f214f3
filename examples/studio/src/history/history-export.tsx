import type { RoomInfo } from '@colloquy/live-protocol';
import { Braces, Captions, Download, FileText } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { exportPath } from '../api/rooms.ts';
import { Button } from '../ui/button.tsx';
import '../ui/menu.css';

const FORMATS = [
  { format: 'markdown', label: 'Minutes (Markdown)', icon: <FileText /> },
  { format: 'json', label: 'Everything (JSON)', icon: <Braces /> },
  { format: 'webvtt', label: 'Captions (WebVTT)', icon: <Captions /> },
] as const;

/** Takes the conversation away as a file. */
export function HistoryExport({ room }: { room: RoomInfo }): ReactNode {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button icon={<Download />} data-testid="history-export">
          Export
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
        {FORMATS.map(({ format, label, icon }) => (
          <DropdownMenu.Item key={format} className="menu-item" asChild>
            <a href={exportPath(room.id, format)} download data-testid={`export-${format}`}>
              {icon}
              {label}
            </a>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
