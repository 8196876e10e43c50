/** Why the lab's machine cannot do what was asked; read out when it appears. */
export function LabProblem({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
