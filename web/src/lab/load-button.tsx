interface LoadButtonProps {
  readonly text: string;
  /** Kinds of files, as `accept` has them. Default: JSON. */
  readonly accept?: string;
  readonly onLoad: (file: File) => void;
}

/** Chooses a file. */
export function LoadButton({ text, accept = '.json,application/json', onLoad }: LoadButtonProps) {
  return (
    <label class="load">
      {text}
      <input
        class="visually-hidden"
        type="file"
        accept={accept}
        onChange={({ currentTarget: input }) => {
          const file = input.files?.[0];
          if (file !== undefined) onLoad(file);
          // So that the same file, corrected, can be chosen again.
          input.value = '';
        }}
      />
    </label>
  );
}
