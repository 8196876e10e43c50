interface LoadButtonProps {
  readonly text: string;
  readonly onLoad: (file: File) => void;
}

/** Chooses a file of JSON. */
export function LoadButton({ text, onLoad }: LoadButtonProps) {
  return (
    <label class="load">
      {text}
      <input
        class="visually-hidden"
        type="file"
        accept=".json,application/json"
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
