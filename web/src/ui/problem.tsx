import type { Action } from './use-action.js';

/** Why something was refused; read out when it appears. */
export function Problem({ of }: { readonly of: Action['problem'] }) {
  return (
    <div role="alert">
      {of !== undefined && (
        <p class="problem">
          <strong>{of.code}</strong> {of.text}
        </p>
      )}
    </div>
  );
}
