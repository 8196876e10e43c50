import type { Batch } from './batch.js';
import type { BatchContext, BatchSlot, WriteProtectMeans } from './batch-slot.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from './folio-state.js';
import { copyFolio, moveFolios } from './move-folios.js';
import { classifyRemaining, unmapOnce } from './unmap-folios.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from './write-protection.js';

/**
 * The second half of a write-protected copy. The batch is still mapped and write-protected: its readers continued while a
 * migrator copied it. This function copies the rest in the same way. Then it cuts the batch over, piece by piece: it unmaps
 * the old pages and maps the new ones. Readers wait only during that step.
 *
 * A copy counts only if its folio was protected from before the copy until it was unmapped. `verifyProtection` checks that
 * for each piece just before the piece is unmapped. With `compare` the content is compared too, because writes through a
 * pin bypass the mapping. A folio that fails a check, or has to be retried, is copied again while it is unmapped, when
 * nothing can write to it.
 *
 * On return nothing is unmapped. Folios that are still ISOLATED have failed, with their errno.
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

/** Copies the remaining folios from the frames through which their readers read them. */
function copyProtected(context: BatchContext, batch: Batch): void {
  const { length, state, copied, protection } = batch;
  if (!batch.has(copied, 0)) return;
  if (copyRun(context, batch)) return;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_ISOLATED || copied[i] === 1) continue;
    if (protection[i] !== WP_INTACT) continue;
    const error = copyFolio(context, batch, i, batch.mappedFrame[i]!);
    // A folio that cannot be read is tried again once it is unmapped. Only that failure is reported.
    if (error === 0) copied[i] = 1;
    else batch.errno[i] = -error;
  }
}

/** Copies, in one call, a run that is readable and not copied yet. False if that did not work. */
function copyRun({ machine }: BatchContext, batch: Batch): boolean {
  const { protection, copied, dst, mappedFrame, pages, length } = batch;
  if (batch.shape !== 'run' || machine.copyWhole === undefined || batch.has(copied, 1)) return false;
  if (batch.has(protection, WP_NONE) || batch.has(protection, WP_BROKEN)) return false;
  if (dst[length - 1]! - dst[0]! !== mappedFrame[length - 1]! - mappedFrame[0]!) return false;
  if (machine.copyFrames(dst[0]!, mappedFrame[0]!, pages) !== 0) return false;
  copied.fill(1, 0, length);
  return true;
}

/** Unmaps the old pages of a piece and maps the new ones. Returns how many folios are worth another pass. */
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
  // Unmapped folios are no longer write-protected.
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
  // The content may have changed before the next pass.
  if (again > 0) for (let i = 0; i < length; i++) if (state[i] === FOLIO_ISOLATED) copied[i] = 0;
  return again;
}

/** Discards copies that differ from their source, because a write may have bypassed the protected mapping. */
function dropStale({ machine, stats }: BatchContext, piece: Batch): void {
  const { length, state, copied, src, dst, order, inGap } = piece;
  for (let i = 0; i < length; i++) {
    if (state[i] !== FOLIO_UNMAPPED || copied[i] === 0) continue;
    if (machine.sameFrames(dst[i]!, src[i]!, 1 << order[i]!)) continue;
    copied[i] = 0;
    if (inGap[i] === 0) stats.add('write_protected_stale', 1);
  }
}

/** Folios in a gap are not counted: the caller did not request them. */
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

/** The batch in pieces of up to `pages` base pages, at least one folio each. The pieces of an equal run are reused. */
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
