/**
 * The event reader (event-reader.ts) as machine code for Linux: `void *reader(block *)`, the start routine of a
 * thread. It only uses system calls, and only touches its block and its stack, so that no page fault of program memory
 * can stop it. The bytes are an assembler's output for the instructions beside them.
 *
 * The block, by byte offsets. Words have 64 bits, or 32 where marked.
 *
 *     0 STATE (32)      4 COMMAND (32)    8 userfaultfd     16 eventfd         24 thread id
 *    32 events         40 HEAD           48 TAIL            56 ring capacity   64 overflows
 *    80 the content of the eventfd       88 mask of blocked signals            96 struct uffdio_range
 *   112 struct pollfd: the userfaultfd  120 struct pollfd: the eventfd        128 16 of struct uffd_msg
 *   640 LOCK (32)       644 OWN (32)       648 LOST (32)      652 EVENT_HEAD (32)  656 EVENT_TAIL (32)
 *   664 HOLD            672 an entry of the page map          680 the page map     688 TRIES (32)   692 GAVE_UP (32)
 *   696 WAITING (32)
 *   704 the ring of events: 1,024 of struct uffd_msg, EVENT_HEAD and EVENT_TAIL modulo 1,024
 * 33472 the ring of page faults, HEAD and TAIL modulo its capacity. Each has two words: address and flags, thread id
 *
 * The low 32 bits of HEAD and TAIL count, modulo 2^32. A struct uffd_msg has 32 bytes: the event in byte 0, a page
 * fault's flags in word 1, its address in word 2, its thread in word 3 (include/uapi/linux/userfaultfd.h). The address is a
 * multiple of the page size, so the flags share its word in the ring. While WAITING is not 0, the reader wakes whoever sleeps
 * on HEAD after each read.
 *
 * The reader holds LOCK from before a read until the messages are in the rings. It reads nothing while the ring of events
 * has no room for a whole read, unless OWN is set. Then the thread that makes room sleeps itself until its event is read, or
 * no thread makes room. An event without room is counted in LOST.
 *
 * HOLD is set while page tables move: the offset in /proc/self/pagemap of the entry of a page that is about to arrive. Until
 * that entry is in use, the reader reads no message. So whoever gives pages back in this moment sleeps until the page tables
 * have moved. The page may never arrive, because the move fails: after TRIES looks the reader sets GAVE_UP, and reads.
 *
 * The reader reads COMMAND each time that poll returns and before each read of the userfaultfd. So a thread that sets
 * COMMAND, and then writes to the eventfd, may close the userfaultfd at once.
 */

/** rbx = block, r12 = message, r13 = end of the messages. */
export const EVENT_READER_X64: readonly string[] = [
  '53', // reader:  push rbx
  '4154', //          push r12
  '4155', //          push r13
  '4889fb', //          mov rbx, rdi                        # the block
  'b80e000000', //          mov eax, 14                         # rt_sigprocmask(SIG_SETMASK, the mask, NULL, 8)
  'bf02000000', //          mov edi, 2
  '488d7358', //          lea rsi, [rbx + 88]
  '31d2', //          xor edx, edx
  '41ba08000000', //          mov r10d, 8
  '0f05', //          syscall
  'b8ba000000', //          mov eax, 186                        # gettid
  '0f05', //          syscall
  '48894318', //          mov [rbx + 24], rax
  'c70301000000', //          mov dword ptr [rbx], 1              # STATE = running
  'eb24', //          jmp again
  'b807000000', // woken:   mov eax, 7                          # poll(the two, 2, no timeout)
  '488d7b70', //          lea rdi, [rbx + 112]
  'be02000000', //          mov esi, 2
  '83caff', //          or edx, -1
  '0f05', //          syscall
  '85c0', //          test eax, eax
  '0f89a5000000', //          jns polled
  '83f8fc', //          cmp eax, -4                         # EINTR, by the C library's own signals
  '0f8527020000', //          jne end
  '837b0400', // again:   cmp dword ptr [rbx + 4], 0          # COMMAND, before a descriptor is touched
  '0f851d020000', //          jne end
  '8b8b8c020000', //          mov ecx, [rbx + 652]
  '2b8b90020000', //          sub ecx, [rbx + 656]                # EVENT_HEAD - EVENT_TAIL, modulo 2^32
  '81f9f0030000', //          cmp ecx, 1008
  '7609', //          jbe lock                            # room for each message of a read
  '83bb8402000000', //          cmp dword ptr [rbx + 644], 0        # OWN: does the owner itself sleep until an event is read?
  '7459', //          je pause                            # no: it makes room, and the callers wait
  'b901000000', // lock:    mov ecx, 1
  '31c0', //          xor eax, eax
  'f00fb18b80020000', //          lock cmpxchg [rbx + 640], ecx       # LOCK
  '7548', //          jne pause
  '4883bb9802000000', //          cmp qword ptr [rbx + 664], 0        # HOLD
  '0f8580000000', //          jne held
  '31c0', // read:    xor eax, eax                        # read(the userfaultfd, room for 16 messages)
  '488b7b08', //          mov rdi, [rbx + 8]
  '488db380000000', //          lea rsi, [rbx + 128]
  'ba00020000', //          mov edx, 512
  '0f05', //          syscall
  '4885c0', //          test rax, rax
  '0f8fbe000000', //          jg got
  'c7838002000000000000', //          mov dword ptr [rbx + 640], 0
  '83f8f5', //          cmp eax, -11                        # EAGAIN: there is none
  '0f8466ffffff', //          je woken
  '83f8fc', //          cmp eax, -4                         # EINTR
  '7485', //          je again
  'e9a7010000', //          jmp end
  '68204e0000', // pause:   push 20000                          # nanosleep of 20 us
  '6a00', //          push 0
  '4889e7', //          mov rdi, rsp
  '31f6', //          xor esi, esi
  'b823000000', //          mov eax, 35
  '0f05', //          syscall
  '4883c410', //          add rsp, 16
  'e964ffffff', //          jmp again
  '837b0400', // polled:  cmp dword ptr [rbx + 4], 0          # COMMAND: the eventfd may have been closed by now
  '0f8581010000', //          jne end
  'f6437e01', //          test byte ptr [rbx + 126], 1        # POLLIN of the eventfd
  '0f8450ffffff', //          jz again
  '31c0', //          xor eax, eax                        # read(the eventfd), or poll would return at once each time
  '488b7b10', //          mov rdi, [rbx + 16]
  '488d7350', //          lea rsi, [rbx + 80]
  'ba08000000', //          mov edx, 8
  '0f05', //          syscall
  'e93affffff', //          jmp again
  'b811000000', // held:    mov eax, 17                         # pread(the page map, its entry, 8, HOLD)
  '488bbba8020000', //          mov rdi, [rbx + 680]
  '488db3a0020000', //          lea rsi, [rbx + 672]
  'ba08000000', //          mov edx, 8
  '4c8b9398020000', //          mov r10, [rbx + 664]
  '0f05', //          syscall
  'f683a7020000c0', //          test byte ptr [rbx + 679], 0xc0     # a page that is in memory, or in swap: the move has taken effect
  '7521', //          jnz seen
  'ff8bb0020000', //          dec dword ptr [rbx + 688]           # TRIES
  '740f', //          jz gave_up
  'c7838002000000000000', //          mov dword ptr [rbx + 640], 0
  'e979ffffff', //          jmp pause
  'c783b402000001000000', // gave_up: mov dword ptr [rbx + 692], 1        # GAVE_UP
  '48c7839802000000000000', // seen:    mov qword ptr [rbx + 664], 0
  'e925ffffff', //          jmp read
  '4c8da380000000', // got:     lea r12, [rbx + 128]
  '4d8d2c04', //          lea r13, [r12 + rax]
  '41803c2412', // next:    cmp byte ptr [r12], 0x12            # UFFD_EVENT_PAGEFAULT
  '7569', //          jne event
  '498b542410', //          mov rdx, [r12 + 16]                 # its address,
  '490b542408', //          or rdx, [r12 + 8]                   # and its flags in the low bits
  '8b4b28', //          mov ecx, [rbx + 40]
  '89c8', //          mov eax, ecx
  '2b4330', //          sub eax, [rbx + 48]                 # HEAD - TAIL, modulo 2^32
  '3b4338', //          cmp eax, [rbx + 56]
  '7324', //          jae full
  '8b4338', //          mov eax, [rbx + 56]
  'ffc8', //          dec eax
  '21c1', //          and ecx, eax
  'c1e104', //          shl ecx, 4
  '4889940bc0820000', //          mov [rbx + rcx + 33472], rdx        # into the ring
  '418b442418', //          mov eax, [r12 + 24]                 # the thread that waits
  '4889840bc8820000', //          mov [rbx + rcx + 33480], rax
  'ff4328', //          inc dword ptr [rbx + 40]            # then HEAD: x64 keeps the order of its stores
  'eb7d', //          jmp step
  '4881e200f0ffff', // full:    and rdx, -4096
  '48895360', //          mov [rbx + 96], rdx
  'ba00100000', //          mov edx, 4096
  '48895368', //          mov [rbx + 104], rdx
  '488b7b08', //          mov rdi, [rbx + 8]
  'be02aa1080', //          mov esi, 0x8010aa02                 # UFFDIO_WAKE: the thread faults again, with a new message
  '488d5360', //          lea rdx, [rbx + 96]
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  '48ff4340', //          inc qword ptr [rbx + 64]
  'eb4f', //          jmp step
  '8b8b8c020000', // event:   mov ecx, [rbx + 652]
  '89c8', //          mov eax, ecx
  '2b8390020000', //          sub eax, [rbx + 656]
  '3d00040000', //          cmp eax, 1024
  '7330', //          jae lost
  '81e1ff030000', //          and ecx, 1023
  'c1e105', //          shl ecx, 5
  'f3410f6f0424', //          movdqu xmm0, [r12]
  'f3410f6f4c2410', //          movdqu xmm1, [r12 + 16]
  'f30f7f840bc0020000', //          movdqu [rbx + rcx + 704], xmm0      # the message, into the ring of events
  'f30f7f8c0bd0020000', //          movdqu [rbx + rcx + 720], xmm1
  'ff838c020000', //          inc dword ptr [rbx + 652]           # then EVENT_HEAD
  'eb06', //          jmp count
  'ff8388020000', // lost:    inc dword ptr [rbx + 648]
  '48ff4320', // count:   inc qword ptr [rbx + 32]
  '4983c420', // step:    add r12, 32
  '4d39ec', //          cmp r12, r13
  '0f8234ffffff', //          jb next
  '31c0', //          xor eax, eax
  '878380020000', //          xchg [rbx + 640], eax               # only now: a thread that takes LOCK finds every message
  '83bbb802000000', //          cmp dword ptr [rbx + 696], 0        # WAITING, read after HEAD was written: xchg is a full barrier
  '0f84f3fdffff', //          je again
  'b8ca000000', //          mov eax, 202                        # futex(HEAD, FUTEX_WAKE_PRIVATE, all)
  '488d7b28', //          lea rdi, [rbx + 40]
  'be81000000', //          mov esi, 129
  'baffffff7f', //          mov edx, 0x7fffffff
  '0f05', //          syscall
  'e9d9fdffff', //          jmp again
  'c70302000000', // end:     mov dword ptr [rbx], 2              # STATE = ended: nothing of the block is used any more
  '31c0', //          xor eax, eax
  '415d', //          pop r13
  '415c', //          pop r12
  '5b', //          pop rbx
  'c3', //          ret
];

/** x9 = block, x10 = COMMAND, x12 = message, x13 = end of the messages, x14 = HEAD, x15 = TAIL. */
export const EVENT_READER_ARM64: readonly string[] = [
  'e90300aa', // reader:  mov x9, x0                          // the block
  '400080d2', //          mov x0, 2                           // rt_sigprocmask(SIG_SETMASK, the mask, NULL, 8)
  '21610191', //          add x1, x9, 88
  '020080d2', //          mov x2, 0
  '030180d2', //          mov x3, 8
  'e81080d2', //          mov x8, 135
  '010000d4', //          svc 0
  '481680d2', //          mov x8, 178                         // gettid
  '010000d4', //          svc 0
  '200d00f9', //          str x0, [x9, 24]
  '2a110091', //          add x10, x9, 4                      // where COMMAND is
  '2b008052', //          mov w11, 1
  '2bfd9f88', //          stlr w11, [x9]                      // STATE = running
  '0b000014', //          b again
  '20c10191', // woken:   add x0, x9, 112                     // ppoll(the two, 2, no timeout, the mask that it has)
  '410080d2', //          mov x1, 2
  '020080d2', //          mov x2, 0
  '030080d2', //          mov x3, 0
  '040180d2', //          mov x4, 8
  '280980d2', //          mov x8, 73
  '010000d4', //          svc 0
  'c005f836', //          tbz w0, 31, polled
  '1f100031', //          cmn w0, 4                           // EINTR, by the C library's own signals
  '21130054', //          b.ne end
  '4bfddf88', // again:   ldar w11, [x10]                     // COMMAND, before a descriptor is touched
  'eb120035', //          cbnz w11, end
  '268d42b9', //          ldr w6, [x9, 652]
  '25410a91', //          add x5, x9, 656
  'a7fcdf88', //          ldar w7, [x5]
  'c700074b', //          sub w7, w6, w7                      // EVENT_HEAD - EVENT_TAIL, modulo 2^32
  'ffc00f71', //          cmp w7, 1008
  '89000054', //          b.ls lock                           // room for each message of a read
  '25110a91', //          add x5, x9, 644
  'a7fcdf88', //          ldar w7, [x5]                       // OWN: does the owner itself sleep until an event is read?
  '07030034', //          cbz w7, pause                       // no: it makes room, and the callers wait
  '25010a91', // lock:    add x5, x9, 640
  '26008052', //          mov w6, 1
  'a7fc5f88', //          ldaxr w7, [x5]                      // LOCK
  '87020035', //          cbnz w7, pause
  'a6fc0788', //          stlxr w7, w6, [x5]
  '67ffff35', //          cbnz w7, lock
  '25610a91', //          add x5, x9, 664
  'a6fcdfc8', //          ldar x6, [x5]                       // HOLD
  '460400b5', //          cbnz x6, held
  '200540f9', // read:    ldr x0, [x9, 8]                     // read(the userfaultfd, room for 16 messages)
  '21010291', //          add x1, x9, 128
  '024080d2', //          mov x2, 512
  'e80780d2', //          mov x8, 63
  '010000d4', //          svc 0
  '1f0000f1', //          cmp x0, 0
  '0c060054', //          b.gt got
  '25010a91', //          add x5, x9, 640
  'bffc9f88', //          stlr wzr, [x5]
  '1f2c0031', //          cmn w0, 11                          // EAGAIN: there is none
  '00fbff54', //          b.eq woken
  '1f100031', //          cmn w0, 4                           // EINTR
  '00fcff54', //          b.eq again
  '77000014', //          b end
  '050080d2', // pause:   mov x5, 0
  '06c489d2', //          mov x6, 20000                       // nanosleep of 20 us
  'e51bbfa9', //          stp x5, x6, [sp, -16]!
  'e0030091', //          mov x0, sp
  '010080d2', //          mov x1, 0
  'a80c80d2', //          mov x8, 101
  '010000d4', //          svc 0
  'ff430091', //          add sp, sp, 16
  'd6ffff17', //          b again
  '4bfddf88', // polled:  ldar w11, [x10]                     // COMMAND: the eventfd may have been closed by now
  '8b0d0035', //          cbnz w11, end
  '2bf94139', //          ldrb w11, [x9, 126]
  '4bfa0736', //          tbz w11, 0, again                   // POLLIN of the eventfd
  '200940f9', //          ldr x0, [x9, 16]                    // read(the eventfd), or poll would return at once each time
  '21410191', //          add x1, x9, 80
  '020180d2', //          mov x2, 8
  'e80780d2', //          mov x8, 63
  '010000d4', //          svc 0
  'ccffff17', //          b again
  '205541f9', // held:    ldr x0, [x9, 680]                   // pread(the page map, its entry, 8, HOLD)
  '21810a91', //          add x1, x9, 672
  '020180d2', //          mov x2, 8
  'e30306aa', //          mov x3, x6
  '680880d2', //          mov x8, 67
  '010000d4', //          svc 0
  '259d4a39', //          ldrb w5, [x9, 679]
  'bf041a72', //          tst w5, 0xc0                        // a page that is in memory, or in swap: the move has taken effect
  '41010054', //          b.ne seen
  '25b142b9', //          ldr w5, [x9, 688]
  'a5040071', //          subs w5, w5, 1
  '25b102b9', //          str w5, [x9, 688]                   // TRIES
  '80000054', //          b.eq gave_up
  '25010a91', //          add x5, x9, 640
  'bffc9f88', //          stlr wzr, [x5]
  'deffff17', //          b pause
  '25008052', // gave_up: mov w5, 1
  '25b502b9', //          str w5, [x9, 692]                   // GAVE_UP
  '25610a91', // seen:    add x5, x9, 664
  'bffc9fc8', //          stlr xzr, [x5]
  'cbffff17', //          b read
  '2c010291', // got:     add x12, x9, 128
  '8d01008b', //          add x13, x12, x0
  '2ea10091', //          add x14, x9, 40                     // where HEAD is
  '2fc10091', //          add x15, x9, 48                     // where TAIL is
  '8b014039', // next:    ldrb w11, [x12]
  '7f490071', //          cmp w11, 0x12                       // UFFD_EVENT_PAGEFAULT
  '21040054', //          b.ne event
  '850940f9', //          ldr x5, [x12, 16]                   // its address,
  '8b0540f9', //          ldr x11, [x12, 8]
  'a5000baa', //          orr x5, x5, x11                     // and its flags in the low bits
  'c60140b9', //          ldr w6, [x14]
  'e7fddf88', //          ldar w7, [x15]
  '2b3940b9', //          ldr w11, [x9, 56]
  'c700074b', //          sub w7, w6, w7                      // HEAD - TAIL, modulo 2^32
  'ff000b6b', //          cmp w7, w11
  '62010054', //          b.hs full
  '6b050051', //          sub w11, w11, 1
  '6b01060a', //          and w11, w11, w6
  '27214091', //          add x7, x9, 8, lsl 12
  'e7000b91', //          add x7, x7, 704
  'e7502b8b', //          add x7, x7, w11, uxtw 4
  '8b1940b9', //          ldr w11, [x12, 24]                  // the thread that waits
  'e52c00a9', //          stp x5, x11, [x7]                   // into the ring
  'c6040011', //          add w6, w6, 1
  'c6fd9f88', //          stlr w6, [x14]                      // then HEAD
  '24000014', //          b step
  'a5cc7492', // full:    and x5, x5, -4096
  '060082d2', //          mov x6, 4096
  '251906a9', //          stp x5, x6, [x9, 96]
  '200540f9', //          ldr x0, [x9, 8]
  '41409552', //          mov w1, 0xaa02                      // UFFDIO_WAKE: the thread faults again, with a new message
  '0102b072', //          movk w1, 0x8010, lsl 16
  '22810191', //          add x2, x9, 96
  'a80380d2', //          mov x8, 29
  '010000d4', //          svc 0
  '252140f9', //          ldr x5, [x9, 64]
  'a5040091', //          add x5, x5, 1
  '252100f9', //          str x5, [x9, 64]
  '17000014', //          b step
  '268d42b9', // event:   ldr w6, [x9, 652]
  '25410a91', //          add x5, x9, 656
  'a7fcdf88', //          ldar w7, [x5]
  'c700074b', //          sub w7, w6, w7
  'ff001071', //          cmp w7, 1024
  '62010054', //          b.hs lost
  'c7240012', //          and w7, w6, 1023
  '25010b91', //          add x5, x9, 704
  'e7681b53', //          lsl w7, w7, 5
  'a540278b', //          add x5, x5, w7, uxtw
  '800540ad', //          ldp q0, q1, [x12]
  'a00400ad', //          stp q0, q1, [x5]                    // the message, into the ring of events
  'c6040011', //          add w6, w6, 1
  '25310a91', //          add x5, x9, 652
  'a6fc9f88', //          stlr w6, [x5]                       // then EVENT_HEAD
  '04000014', //          b count
  '258942b9', // lost:    ldr w5, [x9, 648]
  'a5040011', //          add w5, w5, 1
  '258902b9', //          str w5, [x9, 648]
  '251140f9', // count:   ldr x5, [x9, 32]
  'a5040091', //          add x5, x5, 1
  '251100f9', //          str x5, [x9, 32]
  '8c810091', // step:    add x12, x12, 32
  '9f010deb', //          cmp x12, x13
  'a3f8ff54', //          b.lo next
  '25010a91', //          add x5, x9, 640
  'bffc9f88', //          stlr wzr, [x5]                      // only now: a thread that takes LOCK finds every message
  '25e10a91', //          add x5, x9, 696
  'a7fcdf88', //          ldar w7, [x5]                       // WAITING, read after HEAD was written
  '47eeff34', //          cbz w7, again
  '20a10091', //          add x0, x9, 40                      // futex(HEAD, FUTEX_WAKE_PRIVATE, all)
  '211080d2', //          mov x1, 129
  'e27b40b2', //          mov x2, 0x7fffffff
  '030080d2', //          mov x3, 0
  '040080d2', //          mov x4, 0
  '050080d2', //          mov x5, 0
  '480c80d2', //          mov x8, 98
  '010000d4', //          svc 0
  '69ffff17', //          b again
  '4b008052', // end:     mov w11, 2
  '2bfd9f88', //          stlr w11, [x9]                      // STATE = ended: nothing of the block is used any more
  '000080d2', //          mov x0, 0
  'c0035fd6', //          ret
];
