/**
 * A property that all folios of a batch share, the strongest first:
 *
 * | shape    | the folios                                                      | set by              |
 * |----------|-----------------------------------------------------------------|---------------------|
 * | `whole`  | were unmapped as one: `src` is one run of frames, so is `dst`   | `unmappedWhole`     |
 * | `run`    | have one size below 2 MiB, follow each other without a gap, all | `refill`            |
 * |          | have to move, and no step has failed for one of them            |                     |
 * | `folios` | are handled one by one                                          | `refill`, `degrade` |
 *
 * A batch starts as a `run` or as `folios`. It can rise once, from `run` to `whole`. It can fall to `folios` at any time,
 * and stays there until it is refilled. A step that handles a whole batch at once may rely on the shape.
 *
 * Machines raise a batch (`Batch.unmappedWhole`, `Batch.mappedWhole`). Only the pipeline degrades it, as soon as a step was
 * done, or has failed, for some of the folios only.
 */
export type BatchShape = 'whole' | 'run' | 'folios';
