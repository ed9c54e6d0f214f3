import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';

/** One part of a room that takes its turn with others. */
export interface RoomTab {
  readonly value: string;
  readonly label: ReactNode;
  readonly icon: ReactNode;
  readonly testId: string;
  readonly content: ReactNode;
}

interface RoomTabsProps {
  /** What the tabs are, for those who do not see them. */
  readonly label: string;
  readonly tabs: readonly RoomTab[];
  /** Stays between the tabs and whichever part is shown. */
  readonly children?: ReactNode;
}

/** Tabs and their parts, inside of a `Tabs.Root`. */
export function RoomTabs({ label, tabs, children }: RoomTabsProps): ReactNode {
  return (
    <>
      <Tabs.List className="room-tab-list" aria-label={label}>
        {tabs.map((tab) => (
          <Tabs.Trigger key={tab.value} value={tab.value} className="room-tab" data-testid={tab.testId}>
            <span aria-hidden="true">{tab.icon}</span>
            {tab.label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {children}
      {tabs.map(({ value, content }) => (
        <Tabs.Content key={value} value={value} className="room-tab-content" data-part={value} tabIndex={-1}>
          {content}
        </Tabs.Content>
      ))}
    </>
  );
}
