/**
 * What is true of a batch as a whole, in falling order:
 *
 * | shape    | the folios                                                                                | set by                |
 * |----------|-------------------------------------------------------------------------------------------|-----------------------|
 * | `whole`  | were unmapped as one: `src` is one run of frames and so is `dst`                          | `Batch.unmappedWhole` |
 * | `run`    | have one size below 2 MiB, follow each other without a gap, all have to move, and each    | `Batch.refill`        |
 * |          | step so far was done for all of them at once                                              |                       |
 * | `folios` | are handled one by one                                                                    | `Batch.degrade`       |
 *
 * A batch starts as a `run` or as `folios`. It can rise once, from `run` to `whole`, and it can always fall to `folios`,
 * where it stays until it is refilled. A step that is done for a whole batch at once may rely on the shape. Whoever does
 * something that holds for some of the folios only must degrade the batch.
 */
export type BatchShape = 'whole' | 'run' | 'folios';
