/**
 * The last act of a migration thread (last-act.ts) as machine code for arm64 Linux: `void act(int64_t *journal)`. It does
 * what LAST_ACT_X64 of last-act-code.ts does. That file says how a run is prepared and why. The layout of the journal is in
 * journal.ts. The bytes are an assembler's output for the instructions beside them.
 *
 * x19 = journal, x20 = next run or span, x21 = number left, x22 = section, x23 = stuck pages, x24 = tries for one page, or
 * the next part of a hole. A system call keeps every register but x0.
 *
 * On the stack, from sp + 16 on: struct uffdio_move { dst, src, len, mode, move }, the bytes left of the run, then 32 bytes
 * for the arguments of the other calls.
 */
export const LAST_ACT_ARM64: readonly string[] = [
  'fd7bb7a9', // act:     stp x29, x30, [sp, -144]!
  'fd030091', //          mov x29, sp
  'f35306a9', //          stp x19, x20, [sp, 96]
  'f55b07a9', //          stp x21, x22, [sp, 112]
  'f76308a9', //          stp x23, x24, [sp, 128]
  'f30300aa', //          mov x19, x0                         // the journal
  '42008052', //          mov w2, 2
  '61fe5f88', // claim:   ldaxr w1, [x19]
  '3f040071', //          cmp w1, 1
  'a1140054', //          b.ne out                            // LIVE to AT_WORK, or it is not ours
  '62fe0388', //          stlxr w3, w2, [x19]
  '83ffff35', //          cbnz w3, claim
  '6a320091', //          add x10, x19, 12
  '40fd5f88', // watch:   ldaxr w0, [x10]                     // a userfaultfd that watches writes
  '5ffd0388', //          stlxr w3, wzr, [x10]
  'c3ffff35', //          cbnz w3, watch
  '60000034', //          cbz w0, watched
  '280780d2', //          mov x8, 57                          // close
  '010000d4', //          svc 0
  '17008052', // watched: mov w23, 0
  '160080d2', //          mov x22, 0
  '692240f9', //          ldr x9, [x19, 64]                   // the event reader's block
  'c90000b4', //          cbz x9, first
  '2b008052', //          mov w11, 1
  '2a110a91', //          add x10, x9, 644
  '4bfd9f88', //          stlr w11, [x10]                     // OWN: nobody makes room any more
  '2a010a91', //          add x10, x9, 640
  '5ffd9f88', //          stlr wzr, [x10]                     // LOCK, which this thread may have held
  '97000094', // first:   bl drain                            // a thread that waits for its event continues
  '691e40f9', // section: ldr x9, [x19, 56]
  '0a038052', //          mov w10, 24
  '297d0a9b', //          mul x9, x9, x10                     // bytes of a section
  '0a098852', //          mov w10, 16456                      // where the first begins
  '3429169b', //          madd x20, x9, x22, x10
  '9402138b', //          add x20, x20, x19
  '690e168b', //          add x9, x19, x22, lsl 3
  '350d40f9', //          ldr x21, [x9, 24]                   // its runs
  'b50600f1', // run:     subs x21, x21, 1
  'c40a0054', //          b.mi last
  '892a40a9', //          ldp x9, x10, [x20]
  'e92b01a9', //          stp x9, x10, [sp, 16]
  '890a40f9', //          ldr x9, [x20, 16]
  '94620091', //          add x20, x20, 24
  'c9030036', //          tbz w9, 0, left                     // by page table?
  '29f97f92', //          and x9, x9, -2
  'e91300f9', //          str x9, [sp, 32]
  'f80b40f9', //          ldr x24, [sp, 16]
  '0104a0d2', // hole:    mov x1, 0x200000                    // 2 MiB, or what is left
  '3f0009eb', //          cmp x1, x9
  '2130899a', //          csel x1, x1, x9, lo
  'e00318aa', //          mov x0, x24
  '620080d2', //          mov x2, 3                           // PROT_READ | PROT_WRITE
  '43048852', //          mov w3, 0x4022
  '0302a072', //          movk w3, 0x10, lsl 16               // MAP_PRIVATE, _ANONYMOUS, _NORESERVE, _FIXED_NOREPLACE
  '04008092', //          mov x4, -1
  '050080d2', //          mov x5, 0
  'c81b80d2', //          mov x8, 222                         // mmap, where a failed mremap has left a hole
  '010000d4', //          svc 0
  '1803018b', //          add x24, x24, x1
  '290101eb', //          subs x9, x9, x1
  '61feff54', //          b.ne hole
  'e90b40f9', //          ldr x9, [sp, 16]
  'ea1340f9', //          ldr x10, [sp, 32]
  'e92b04a9', //          stp x9, x10, [sp, 64]
  '290080d2', //          mov x9, 1                           // UFFDIO_REGISTER_MODE_MISSING
  'e97f05a9', //          stp x9, xzr, [sp, 80]               // { address, bytes, mode, ioctls }
  '600a40b9', //          ldr w0, [x19, 8]
  '01409552', //          mov w1, 0xaa00
  '0104b872', //          movk w1, 0xc020, lsl 16             // UFFDIO_REGISTER
  'e2030191', //          add x2, sp, 64
  'a80380d2', //          mov x8, 29                          // ioctl
  '010000d4', //          svc 0
  'e91340f9', //          ldr x9, [sp, 32]
  'e91300f9', // left:    str x9, [sp, 32]
  'e91f00f9', //          str x9, [sp, 56]
  '18008052', //          mov w24, 0
  '57000034', //          cbz w23, move
  'f8f98052', //          mov w24, 1999                       // one is stuck, so the others do not get 0.1 s each
  'ffff02a9', // move:    stp xzr, xzr, [sp, 40]
  '600a40b9', //          ldr w0, [x19, 8]
  'a1409552', //          mov w1, 0xaa05
  '0105b872', //          movk w1, 0xc028, lsl 16             // UFFDIO_MOVE of all that is left of the run
  'e2430091', //          add x2, sp, 16
  'a80380d2', //          mov x8, 29
  '010000d4', //          svc 0
  'e91b40f9', //          ldr x9, [sp, 48]                    // bytes moved, or an error
  '3f0100f1', //          cmp x9, 0
  'ac030054', //          b.gt moved
  '1f440031', //          cmn w0, 17                          // EEXIST: it has arrived
  '20020054', //          b.eq wake
  '1f080031', //          cmn w0, 2                           // ENOENT: it never left
  'e0010054', //          b.eq wake
  '090082d2', //          mov x9, 4096
  'e91300f9', //          str x9, [sp, 32]                    // from here page by page
  '18070011', //          add w24, w24, 1
  '1f431f71', //          cmp w24, 2000
  '28010054', //          b.hi stuck
  '096a98d2', //          mov x9, 50000
  'ff2704a9', //          stp xzr, x9, [sp, 64]
  'e0030191', //          add x0, sp, 64
  '010080d2', //          mov x1, 0
  'a80c80d2', //          mov x8, 101                         // nanosleep of 50 us
  '010000d4', //          svc 0
  '4c000094', //          bl drain                            // EAGAIN: an event may have been on its way
  'e6ffff17', //          b move
  'f7060011', // stuck:   add w23, w23, 1
  'e90b40f9', // wake:    ldr x9, [sp, 16]
  '0a0082d2', //          mov x10, 4096
  'e92b04a9', //          stp x9, x10, [sp, 64]               // { address, 4096 }
  '600a40b9', //          ldr w0, [x19, 8]
  '41409552', //          mov w1, 0xaa02
  '0102b072', //          movk w1, 0x8010, lsl 16             // UFFDIO_WAKE
  'e2030191', //          add x2, sp, 64
  'a80380d2', //          mov x8, 29
  '010000d4', //          svc 0
  '090082d2', //          mov x9, 4096
  'ea2f41a9', // moved:   ldp x10, x11, [sp, 16]
  '4a01098b', //          add x10, x10, x9
  '6b01098b', //          add x11, x11, x9
  'ea2f01a9', //          stp x10, x11, [sp, 16]
  'ea1f40f9', //          ldr x10, [sp, 56]
  '490109eb', //          subs x9, x10, x9
  'ecf9ff54', //          b.gt left
  'aaffff17', //          b run
  'd6060011', // last:    add w22, w22, 1
  'df120071', //          cmp w22, 4
  'e1f3ff54', //          b.ne section
  '98008052', //          mov w24, 4
  'b7050035', //          cbnz w23, end                       // one is still unmapped: no waiter may continue
  '74220191', //          add x20, x19, 72                    // the spans
  '750a40f9', //          ldr x21, [x19, 16]
  'b50600f1', // span:    subs x21, x21, 1
  'e4010054', //          b.mi spans
  '892ac1a8', //          ldp x9, x10, [x20], 16
  '4af97f92', //          and x10, x10, -2
  'e92b04a9', //          stp x9, x10, [sp, 64]               // { address, bytes }
  '600a40b9', //          ldr w0, [x19, 8]
  '21409552', //          mov w1, 0xaa01
  '0102b072', //          movk w1, 0x8010, lsl 16             // UFFDIO_UNREGISTER
  'e2030191', //          add x2, sp, 64
  'a80380d2', //          mov x8, 29
  '010000d4', //          svc 0
  '600a40b9', //          ldr w0, [x19, 8]
  '41409552', //          mov w1, 0xaa02
  '0102b072', //          movk w1, 0x8010, lsl 16             // UFFDIO_WAKE
  '010000d4', //          svc 0
  'f1ffff17', //          b span
  '74220191', // spans:   add x20, x19, 72                    // again: nobody waits for anything by now
  '750a40f9', //          ldr x21, [x19, 16]
  'b50600f1', // own:     subs x21, x21, 1
  '04010054', //          b.mi reader
  '8006c1a8', //          ldp x0, x1, [x20], 16
  'a1ff0736', //          tbz w1, 0, own                      // the ferry's own?
  '21f87f92', //          and x1, x1, -2
  '820080d2', //          mov x2, 4                           // MADV_DONTNEED
  '281d80d2', //          mov x8, 233                         // madvise
  '010000d4', //          svc 0
  'f8ffff17', //          b own
  '742240f9', // reader:  ldr x20, [x19, 64]                  // the event reader's block
  '540100b4', //          cbz x20, close
  '290080d2', //          mov x9, 1
  '8a120091', //          add x10, x20, 4
  '49fd9f88', //          stlr w9, [x10]                      // COMMAND = end
  'e92300f9', //          str x9, [sp, 64]
  '801240b9', //          ldr w0, [x20, 16]
  'e1030191', //          add x1, sp, 64
  '020180d2', //          mov x2, 8
  '080880d2', //          mov x8, 64                          // write(the eventfd)
  '010000d4', //          svc 0
  '600a40b9', // close:   ldr w0, [x19, 8]
  '280780d2', //          mov x8, 57                          // close
  '010000d4', //          svc 0
  '78008052', //          mov w24, 3
  '78fe9f88', // end:     stlr w24, [x19]                     // JOURNAL_BACK, or JOURNAL_STUCK
  'f35346a9', // out:     ldp x19, x20, [sp, 96]
  'f55b47a9', //          ldp x21, x22, [sp, 112]
  'f76348a9', //          ldp x23, x24, [sp, 128]
  'fd7bc9a8', //          ldp x29, x30, [sp], 144
  'c0035fd6', //          ret
  'ff0308d1', // drain:   sub sp, sp, 512
  '600a40b9', // pending: ldr w0, [x19, 8]
  'e1030091', //          mov x1, sp
  '024080d2', //          mov x2, 512
  'e80780d2', //          mov x8, 63                          // read
  '010000d4', //          svc 0
  '1f0000f1', //          cmp x0, 0
  '4cffff54', //          b.gt pending                        // until EAGAIN
  'ff030891', //          add sp, sp, 512
  'c0035fd6', //          ret
];
