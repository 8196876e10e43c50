/**
 * The state of a folio in a batch. The owner of its pages follows from it:
 *
 * | state    | the content is                                   | who may touch it |
 * |----------|--------------------------------------------------|------------------|
 * | LISTED   | mapped at its address                            | the program      |
 * | ISOLATED | mapped at its address; no other migration starts | the program      |
 * | UNMAPPED | in the frame `src` (and, once copied, in `dst`)  | the migration    |
 * | MOVED    | mapped at its address, on the target node        | the program      |
 * | FAILED   | mapped at its address, where it was              | the program      |
 * | SPLIT    | mapped at its address; its base pages are listed | the program      |
 * | ABSENT   | nowhere: the page was never touched              | the program      |
 * | STAYED   | mapped at its address, where it was: it only     | the program      |
 * |          | lay in a gap, and had no need to move            |                  |
 *
 * At the end of a batch every folio is in one of the last five states.
 */
export const FOLIO_LISTED = 0;
export const FOLIO_ISOLATED = 1;
export const FOLIO_UNMAPPED = 2;
export const FOLIO_MOVED = 3;
export const FOLIO_FAILED = 4;
export const FOLIO_SPLIT = 5;
export const FOLIO_ABSENT = 6;
export const FOLIO_STAYED = 7;
