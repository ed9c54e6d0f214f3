import { Contrast, Moon, Sun } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { IconButton } from './icon-button.tsx';
import './menu.css';

type Theme = 'system' | 'light' | 'dark';

const THEMES = [
  { theme: 'system', label: 'System', Icon: Contrast },
  { theme: 'light', label: 'Light', Icon: Sun },
  { theme: 'dark', label: 'Dark', Icon: Moon },
] as const;

// The same key is read in public/theme.js before the first paint.
const STORAGE_KEY = 'colloquy.theme';

/** Chooses light, dark, or whatever the system says. */
export function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const choose = (value: string): void => {
    const chosen = THEMES.find((option) => option.theme === value)?.theme ?? 'system';
    applyTheme(chosen);
    setTheme(chosen);
  };
  const { Icon } = THEMES.find((option) => option.theme === theme) ?? THEMES[0];
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label="Theme" tipSide="bottom" data-testid="theme-switch">
          <Icon />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
        <DropdownMenu.RadioGroup value={theme} onValueChange={choose}>
          {THEMES.map((option) => (
            <DropdownMenu.RadioItem
              key={option.theme}
              value={option.theme}
              className="menu-item"
              data-testid={`theme-${option.theme}`}
            >
              <option.Icon />
              {option.label}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function readTheme(): Theme {
  const { themeChoice } = document.documentElement.dataset;
  return themeChoice === 'light' || themeChoice === 'dark' ? themeChoice : 'system';
}

/** The script of the page takes it from here. */
function applyTheme(theme: Theme): void {
  document.documentElement.dataset.themeChoice = theme;
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
