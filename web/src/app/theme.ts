import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEY = 'pageferry.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | undefined {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
}

/** What the system prefers, until somebody chooses. */
export function useTheme(): { readonly theme: Theme; readonly toggle: () => void } {
  const [theme, setTheme] = useState<Theme>(() => chosen() ?? (dark.matches ? 'dark' : 'light'));
  useEffect(() => {
    const follow = () => {
      if (chosen() === undefined) setTheme(dark.matches ? 'dark' : 'light');
    };
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    document.documentElement.setAttribute('data-theme', theme);
    dispatchEvent(new Event(THEME_CHANGED));
  }, [theme]);
  const toggle = () => {
    const other = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(KEY, other);
    setTheme(other);
  };
  return { theme, toggle };
}

/** Event of the window after the colours have changed: what is drawn on a canvas must be drawn again. */
export const THEME_CHANGED = 'pageferry:theme';
