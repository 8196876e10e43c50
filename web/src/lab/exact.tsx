/** A figure as people read it, with all its digits for who wants them (`data` has them as its value). */
export function Exact({ value, text }: { readonly value: number; readonly text: string }) {
  return (
    <data value={String(value)} title={String(value)}>
      {text}
    </data>
  );
}
