import { fileURLToPath } from 'node:url';

/** The JSON report of doctor. */
export interface Report {
  readonly schema: string;
  readonly host: Record<string, unknown>;
  readonly canMigrate: boolean;
  readonly checks: readonly {
    id: string;
    status: string;
    found: string;
    lines?: string[];
    why?: string;
    advice?: string;
    details?: object;
  }[];
}

export function pageTables(stdout: string): Report['checks'][number] | undefined {
  return (JSON.parse(stdout) as Report).checks.find(({ id }) => id === 'page tables');
}

/** A process in which page tables are not moved, for one reason. */
export function under(obstacle: string): string[] {
  return ['--import', fileURLToPath(new URL(`../obstacles/${obstacle}.js`, import.meta.url))];
}
