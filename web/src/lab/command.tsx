import { useState } from 'preact/hooks';

/** A command line that does the same, to be copied. */
export function Command({ label, text }: { readonly label: string; readonly text: string }) {
  const [copied, setCopied] = useState<string>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Not allowed here: the text can be selected.
      setCopied(undefined);
    }
  };
  return (
    <div class="command">
      <span class="command-label">{label}</span>
      <code>{text}</code>
      <button type="button" class="quiet" onClick={copy} aria-label={`Copy: ${label}`}>
        {copied === text ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
