// Runs before the first paint, so that a chosen theme does not flash. The choice is made in src/ui/theme-switch.tsx. The
// system's theme is written down too: Chromium leaves inherited colours as they were when only the media query changes.
(() => {
  const { dataset } = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const { themeChoice } = dataset;
    if (themeChoice === 'light' || themeChoice === 'dark') dataset.theme = themeChoice;
    else dataset.theme = dark.matches ? 'dark' : 'light';
  };
  try {
    dataset.themeChoice = localStorage.getItem('colloquy.theme') ?? 'system';
  } catch {
    // Storage is switched off: the system's theme applies.
  }
  apply();
  dark.addEventListener('change', apply);
  new MutationObserver(apply).observe(document.documentElement, { attributeFilter: ['data-theme-choice'] });
})();
