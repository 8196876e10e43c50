/** Loads a package by its name, or a file of it. */
export type Load = NodeJS.Require;

/** Has a program do something, and keeps what it answers: text, numbers, bytes, or a structure of those. */
export type Call = (name: string, work: () => unknown) => Promise<void>;

/** A program that has been started. */
export interface Program {
  /** Real work, in calls. Each should take some tens of milliseconds, and answer the same whenever it is done. */
  work(call: Call): Promise<void>;
  /** What a look at all of its state answers. */
  look(): unknown;
}

/** A program whose heap is migrated. */
export interface Client {
  readonly name: string;
  /** Whether its heap is shared by threads. */
  readonly threads: boolean;
  /** Whether its heap has whole page tables before a call: 2 MiB of touched pages, naturally aligned. */
  readonly pageTables: boolean;
  start(load: Load): Promise<Program>;
}
