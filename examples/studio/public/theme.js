// Runs before the first paint, so that a chosen theme does not flash. The choice is made in src/ui/theme-switch.tsx.
(() => {
  try {
    const theme = localStorage.getItem('colloquy.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's theme applies.
  }
})();
