import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['live', 'bench', 'lab'] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_TITLES: Readonly<Record<View, string>> = { live: 'Live', bench: 'Bench', lab: 'Lab' };

function viewOf(hash: string): View {
  const name = hash.replace(/^#\/?/, '').split(/[/?]/)[0];
  return VIEWS.find((view) => view === name) ?? 'live';
}

/** The view that the address names: `#/live`, `#/bench`, `#/lab`. */
export function useView(): View {
  const [view, setView] = useState(() => viewOf(location.hash));
  useEffect(() => {
    const follow = () => setView(viewOf(location.hash));
    addEventListener('hashchange', follow);
    // It may have changed between the first drawing and now.
    follow();
    return () => removeEventListener('hashchange', follow);
  }, []);
  return view;
}
