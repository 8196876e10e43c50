/** A program that answers queries. */
export interface AutoProgram {
  /** Answers the next query. The same queries have the same answers in each run. */
  query(): number | Promise<number>;
}

/** How a program starts, and the npm package that it needs. */
export interface AutoProgramKind {
  readonly what: string;
  readonly npm?: string;
  /** @param load Loads its package. */
  start(load: NodeJS.Require): Promise<AutoProgram> | AutoProgram;
}
