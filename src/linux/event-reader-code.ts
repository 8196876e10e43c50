/**
 * The event reader (event-reader.ts) as machine code for Linux: `void *reader(block *)`, the start routine of a
 * thread. It uses nothing but system calls, and touches no memory but its block and its stack, so that no page
 * fault of program memory can stop it. The bytes are what an assembler makes of the instructions beside them.
 *
 * The block, by byte offsets. All words have 64 bits but those of 32 that are marked.
 *
 *     0 STATE (32)      4 COMMAND (32)    8 userfaultfd     16 eventfd         24 thread id
 *    32 events         40 HEAD           48 TAIL            56 ring capacity   64 overflows
 *    80 what the eventfd held            88 mask of blocked signals            96 struct uffdio_range
 *   112 struct pollfd: the userfaultfd  120 struct pollfd: the eventfd        128 16 of struct uffd_msg
 *   640 the ring: addresses, HEAD and TAIL modulo its capacity
 *
 * The low 32 bits of HEAD and TAIL count, modulo 2^32. A struct uffd_msg has 32 bytes: the event in byte 0, a page
 * fault's address in word 2 (include/uapi/linux/userfaultfd.h).
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
  'eb20', //          jmp again
  'b807000000', // woken:   mov eax, 7                          # poll(the two, 2, no timeout)
  '488d7b70', //          lea rdi, [rbx + 112]
  'be02000000', //          mov esi, 2
  '83caff', //          or edx, -1
  '0f05', //          syscall
  '85c0', //          test eax, eax
  '793b', //          jns polled
  '83f8fc', //          cmp eax, -4                         # EINTR, by the C library's own signals
  '0f85cd000000', //          jne end
  '837b0400', // again:   cmp dword ptr [rbx + 4], 0          # COMMAND, before a descriptor is touched
  '0f85c3000000', //          jne end
  '31c0', //          xor eax, eax                        # read(the userfaultfd, room for 16 messages)
  '488b7b08', //          mov rdi, [rbx + 8]
  '488db380000000', //          lea rsi, [rbx + 128]
  'ba00020000', //          mov edx, 512
  '0f05', //          syscall
  '4885c0', //          test rax, rax
  '7f32', //          jg got
  '83f8f5', //          cmp eax, -11                        # EAGAIN: there is none
  '74b8', //          je woken
  '83f8fc', //          cmp eax, -4                         # EINTR
  '74d3', //          je again
  'e99b000000', //          jmp end
  '837b0400', // polled:  cmp dword ptr [rbx + 4], 0          # COMMAND: the eventfd may have been closed by now
  '0f8591000000', //          jne end
  'f6437e01', //          test byte ptr [rbx + 126], 1        # POLLIN of the eventfd
  '74be', //          jz again
  '31c0', //          xor eax, eax                        # read(the eventfd), or poll would return at once each time
  '488b7b10', //          mov rdi, [rbx + 16]
  '488d7350', //          lea rsi, [rbx + 80]
  'ba08000000', //          mov edx, 8
  '0f05', //          syscall
  'ebab', //          jmp again
  '4c8da380000000', // got:     lea r12, [rbx + 128]
  '4d8d2c04', //          lea r13, [r12 + rax]
  '41803c2412', // next:    cmp byte ptr [r12], 0x12            # UFFD_EVENT_PAGEFAULT
  '7554', //          jne event
  '498b542410', //          mov rdx, [r12 + 16]                 # its address
  '8b4b28', //          mov ecx, [rbx + 40]
  '89c8', //          mov eax, ecx
  '2b4330', //          sub eax, [rbx + 48]                 # HEAD - TAIL, modulo 2^32
  '3b4338', //          cmp eax, [rbx + 56]
  '7314', //          jae full
  '8b4338', //          mov eax, [rbx + 56]
  'ffc8', //          dec eax
  '21c1', //          and ecx, eax
  '488994cb80020000', //          mov [rbx + rcx*8 + 640], rdx        # into the ring
  'ff4328', //          inc dword ptr [rbx + 40]            # then HEAD: x64 keeps the order of its stores
  'eb32', //          jmp step
  '4881e200f0ffff', // full:    and rdx, -4096
  '48895360', //          mov [rbx + 96], rdx
  'ba00100000', //          mov edx, 4096
  '48895368', //          mov [rbx + 104], rdx
  '488b7b08', //          mov rdi, [rbx + 8]
  'be02aa1080', //          mov esi, 0x8010aa02                 # UFFDIO_WAKE: it faults again, and is told again
  '488d5360', //          lea rdx, [rbx + 96]
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  '48ff4340', //          inc qword ptr [rbx + 64]
  'eb04', //          jmp step
  '48ff4320', // event:   inc qword ptr [rbx + 32]
  '4983c420', // step:    add r12, 32
  '4d39ec', //          cmp r12, r13
  '7298', //          jb next
  'e933ffffff', //          jmp again
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
  '2002f836', //          tbz w0, 31, polled
  '1f100031', //          cmn w0, 4                           // EINTR, by the C library's own signals
  '41080054', //          b.ne end
  '4bfddf88', // again:   ldar w11, [x10]                     // COMMAND, before a descriptor is touched
  '0b080035', //          cbnz w11, end
  '200540f9', //          ldr x0, [x9, 8]                     // read(the userfaultfd, room for 16 messages)
  '21010291', //          add x1, x9, 128
  '024080d2', //          mov x2, 512
  'e80780d2', //          mov x8, 63
  '010000d4', //          svc 0
  '1f0000f1', //          cmp x0, 0
  '0c020054', //          b.gt got
  '1f2c0031', //          cmn w0, 11                          // EAGAIN: there is none
  '80fdff54', //          b.eq woken
  '1f100031', //          cmn w0, 4                           // EINTR
  '80feff54', //          b.eq again
  '34000014', //          b end
  '4bfddf88', // polled:  ldar w11, [x10]                     // COMMAND: the eventfd may have been closed by now
  '4b060035', //          cbnz w11, end
  '2bf94139', //          ldrb w11, [x9, 126]
  'ebfd0736', //          tbz w11, 0, again                   // POLLIN of the eventfd
  '200940f9', //          ldr x0, [x9, 16]                    // read(the eventfd), or poll would return at once each time
  '21410191', //          add x1, x9, 80
  '020180d2', //          mov x2, 8
  'e80780d2', //          mov x8, 63
  '010000d4', //          svc 0
  'e9ffff17', //          b again
  '2c010291', // got:     add x12, x9, 128
  '8d01008b', //          add x13, x12, x0
  '2ea10091', //          add x14, x9, 40                     // where HEAD is
  '2fc10091', //          add x15, x9, 48                     // where TAIL is
  '8b014039', // next:    ldrb w11, [x12]
  '7f490071', //          cmp w11, 0x12                       // UFFD_EVENT_PAGEFAULT
  '81030054', //          b.ne event
  '850940f9', //          ldr x5, [x12, 16]                   // its address
  'c60140b9', //          ldr w6, [x14]
  'e7fddf88', //          ldar w7, [x15]
  '2b3940b9', //          ldr w11, [x9, 56]
  'c700074b', //          sub w7, w6, w7                      // HEAD - TAIL, modulo 2^32
  'ff000b6b', //          cmp w7, w11
  '02010054', //          b.hs full
  '6b050051', //          sub w11, w11, 1
  '6b01060a', //          and w11, w11, w6
  '27010a91', //          add x7, x9, 640
  'e5582bf8', //          str x5, [x7, w11, uxtw 3]           // into the ring
  'c6040011', //          add w6, w6, 1
  'c6fd9f88', //          stlr w6, [x14]                      // then HEAD
  '11000014', //          b step
  'a5cc7492', // full:    and x5, x5, -4096
  '060082d2', //          mov x6, 4096
  '251906a9', //          stp x5, x6, [x9, 96]
  '200540f9', //          ldr x0, [x9, 8]
  '41409552', //          mov w1, 0xaa02                      // UFFDIO_WAKE: it faults again, and is told again
  '0102b072', //          movk w1, 0x8010, lsl 16
  '22810191', //          add x2, x9, 96
  'a80380d2', //          mov x8, 29
  '010000d4', //          svc 0
  '252140f9', //          ldr x5, [x9, 64]
  'a5040091', //          add x5, x5, 1
  '252100f9', //          str x5, [x9, 64]
  '04000014', //          b step
  '251140f9', // event:   ldr x5, [x9, 32]
  'a5040091', //          add x5, x5, 1
  '251100f9', //          str x5, [x9, 32]
  '8c810091', // step:    add x12, x12, 32
  '9f010deb', //          cmp x12, x13
  'a3fbff54', //          b.lo next
  'c0ffff17', //          b again
  '4b008052', // end:     mov w11, 2
  '2bfd9f88', //          stlr w11, [x9]                      // STATE = ended: nothing of the block is used any more
  '000080d2', //          mov x0, 0
  'c0035fd6', //          ret
];
