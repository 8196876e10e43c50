import type { Batch } from './batch.js';
import type { BatchContext, BatchSlot, WriteProtectMeans } from './batch-slot.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from './folio-state.js';
import { copyFolio, moveFolios } from './move-folios.js';
import { classifyRemaining, unmapOnce } from './unmap-folios.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from './write-protection.js';

/**
 * The write-protected copy's second half: the batch is write-protected, and its readers have gone on while a migrator copied
 * it from the pages that are still mapped. What the migrator has not copied is copied now, in the same way; then the
 * batch is cut over, piece by piece: old pages out, new pages in. Only for that moment readers wait, too.
 *
 * A copy counts only if its folio was protected from before the copy until it was unmapped: `verifyProtection` asks that of each
 * piece just before it goes, and with `compare` the content is asked as well (writes by a pin need no mapping). A folio
 * that fails the test, or has to be retried, is copied afresh once it is out, when nothing can write to it any more.
 *
 * On return nothing is unmapped; folios that are still ISOLATED have failed, with their errno.
 */
export function cutoverBatch(slot: BatchSlot, means: WriteProtectMeans): void {
  const { batch, context } = slot;
  const { machine, mode, passes, stats } = context;
  const started = machine.now();
  slot.observer?.enter(batch, 'move');
  copyProtected(context, batch);
  stats.add('copy_ns', machine.now() - started);
  const atOnce = means.port.beginCutover?.(batch) === true;
  const pieces = piecesOf(slot, atOnce ? batch.pages : means.options.piecePages());
  for (let pass = 1; pass <= passes; pass++) {
    let again = 0;
    for (const piece of pieces) {
      if (piece.has(piece.state, FOLIO_ISOLATED)) again += cutoverPiece(slot, means, piece, pass === passes);
    }
    if (again === 0) break;
    stats.add('retries', again);
    machine.pause(mode, pass);
  }
  batch.cutOver(pieces);
}

/** Copies what no migrator has copied, from where its readers read it. */
function copyProtected(context: BatchContext, batch: Batch): void {
  const { length, state, copied, protection } = batch;
  if (!batch.has(copied, 0)) return;
  if (copyRun(context, batch)) return;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_ISOLATED || copied[i] === 1) continue;
    if (protection[i] !== WP_INTACT) continue;
    const error = copyFolio(context, batch, i, batch.mappedFrame[i]!);
    // Else it is tried again once it is out, and is said to have failed then.
    if (error === 0) copied[i] = 1;
    else batch.errno[i] = -error;
  }
}

/** A run of which nothing is copied yet, and all is readable, by one call. False when that did not work. */
function copyRun({ machine }: BatchContext, batch: Batch): boolean {
  const { protection, copied, dst, mappedFrame, pages, length } = batch;
  if (batch.shape !== 'run' || machine.copyWhole === undefined || batch.has(copied, 1)) return false;
  if (batch.has(protection, WP_NONE) || batch.has(protection, WP_BROKEN)) return false;
  if (dst[length - 1]! - dst[0]! !== mappedFrame[length - 1]! - mappedFrame[0]!) return false;
  if (machine.copyFrames(dst[0]!, mappedFrame[0]!, pages) !== 0) return false;
  copied.fill(1, 0, length);
  return true;
}

/** Old pages out, new ones in. Returns how many folios are worth another pass. */
function cutoverPiece(
  slot: BatchSlot,
  { port, options }: WriteProtectMeans,
  piece: Batch,
  last: boolean,
): number {
  const { batch, context, observer } = slot;
  const { machine, stats } = context;
  const { length, state, copied, protection } = piece;
  const started = machine.now();
  observer?.enter(batch, 'unmap');
  port.verifyProtection(piece);
  if (piece.has(protection, WP_BROKEN)) {
    for (let i = 0; i < length; i++) if (protection[i] !== WP_INTACT) copied[i] = 0;
  }
  unmapOnce(machine, piece);
  observer?.enter(batch, 'flush');
  machine.flush();
  // Who is out is not mapped, and so not protected either.
  for (let i = 0; i < length; i++) if (state[i] === FOLIO_UNMAPPED) protection[i] = WP_NONE;
  const unmapped = machine.now();
  if (options.compare()) dropStale(context, piece);
  countCopied(context, piece);
  const copyEnd = moveFolios(slot, piece, 1);
  machine.undo(piece);
  stats.add('unmap_ns', unmapped - started);
  stats.add('copy_ns', copyEnd - unmapped);
  stats.add('map_ns', machine.now() - copyEnd);
  const again = classifyRemaining(context, piece, last);
  // Another pass finds other content, perhaps.
  if (again > 0) for (let i = 0; i < length; i++) if (state[i] === FOLIO_ISOLATED) copied[i] = 0;
  return again;
}

/** Somebody may have written without the mapping that is protected: what differs from its source is copied afresh. */
function dropStale({ machine, stats }: BatchContext, piece: Batch): void {
  const { length, state, copied, src, dst, order, inGap } = piece;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_UNMAPPED || copied[i] === 0) continue;
    if (machine.sameFrames(dst[i]!, src[i]!, 1 << order[i]!)) continue;
    copied[i] = 0;
    if (inGap[i] === 0) stats.add('write_protected_stale', 1);
  }
}

/** As everywhere, folios that lie in a gap are not counted: they are not what was asked for. */
function countCopied({ stats }: BatchContext, piece: Batch): void {
  let through = 0;
  if (piece.shape === 'whole' && !piece.has(piece.copied, 0)) through = piece.length;
  else {
    for (let i = 0; i < piece.length; i++) {
      if (piece.state[i] === FOLIO_UNMAPPED && piece.copied[i] === 1 && piece.inGap[i] === 0) through++;
    }
  }
  stats.add('write_protected_folios', through);
}

/** The batch in pieces of so many base pages, at least one folio each; those of a run of the same folios are used again. */
function piecesOf(slot: BatchSlot, pages: number): readonly Batch[] {
  const { batch } = slot;
  const cut = batch.shape === 'run' ? `${batch.length} ${batch.order[0]} ${pages}` : '';
  if (cut !== '' && slot.piecesFor === cut) {
    for (const piece of slot.pieces) piece.renewPiece();
    return slot.pieces;
  }
  const pieces: Batch[] = [];
  for (let from = 0; from < batch.length; ) {
    let to = from + 1;
    let size = 1 << batch.order[from]!;
    while (to < batch.length && size + (1 << batch.order[to]!) <= pages) size += 1 << batch.order[to++]!;
    pieces.push(batch.piece(from, to));
    from = to;
  }
  slot.pieces = pieces;
  slot.piecesFor = cut;
  return pieces;
}
