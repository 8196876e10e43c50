/**
 * The last act of a migration thread (last-act.ts) as machine code for x86-64 Linux: `void act(int64_t *journal)`. It does
 * what `rescue` of journal-rescue.ts does, without JavaScript, and with system calls only. The layout of the journal is in
 * journal.ts. The bytes are an assembler's output for the instructions beside them.
 *
 * rbx = journal, r12 = next run or span, r13 = number left, r14 = section, r15 = stuck pages, ebp = tries for one page. On
 * the stack: struct uffdio_move { dst, src, len, mode, move }, then the bytes left of the run.
 *
 * A run that may have left or arrived by page table is first prepared by two calls that may fail (journal.ts says why). A
 * hole in the program's range gets a mapping, 2 MiB at a time as page tables are moved, and the range is registered.
 */
export const LAST_ACT_X64: readonly string[] = [
  '53', // act:     push rbx
  '55', //          push rbp
  '4154', //          push r12
  '4155', //          push r13
  '4156', //          push r14
  '4157', //          push r15
  '4883ec30', //          sub rsp, 48
  '4889fb', //          mov rbx, rdi                        # the journal
  'b801000000', //          mov eax, 1
  'b902000000', //          mov ecx, 2
  'f00fb10b', //          lock cmpxchg [rbx], ecx             # LIVE to AT_WORK, or it is not ours
  '0f856b020000', //          jne out
  '31ff', //          xor edi, edi
  '877b0c', //          xchg [rbx + 12], edi                # a userfaultfd that watches writes
  '85ff', //          test edi, edi
  '7407', //          jz watched
  'b803000000', //          mov eax, 3                          # close
  '0f05', //          syscall
  '4531ff', // watched: xor r15d, r15d
  '4531f6', //          xor r14d, r14d
  '488b4340', //          mov rax, [rbx + 64]                 # the event reader's block
  '4885c0', //          test rax, rax
  '7414', //          jz first
  'c7808002000000000000', //          mov dword ptr [rax + 640], 0        # LOCK, which this thread may have held
  'c7808402000001000000', //          mov dword ptr [rax + 644], 1        # OWN: nobody makes room any more
  'e842020000', // first:   call drain                          # a thread that waits for its event continues
  '4c6b633818', // section: imul r12, [rbx + 56], 24            # bytes of a section
  '4d0fafe6', //          imul r12, r14
  '4e8da42348400000', //          lea r12, [rbx + r12 + 16456]
  '4e8b6cf318', //          mov r13, [rbx + r14*8 + 24]         # its runs
  '49ffcd', // run:     dec r13
  '0f884a010000', //          js last
  '498b0424', //          mov rax, [r12]
  '48890424', //          mov [rsp], rax
  '498b442408', //          mov rax, [r12 + 8]
  '4889442408', //          mov [rsp + 8], rax
  '498b442410', //          mov rax, [r12 + 16]
  '4983c418', //          add r12, 24
  '480fbaf000', //          btr rax, 0                          # by page table?
  '7368', //          jnc left
  '4889442410', //          mov [rsp + 16], rax
  '4889442428', //          mov [rsp + 40], rax
  '488b3c24', //          mov rdi, [rsp]
  'be00002000', // hole:    mov esi, 0x200000                   # 2 MiB, or what is left
  '483b742428', //          cmp rsi, [rsp + 40]
  '480f47742428', //          cmova rsi, [rsp + 40]
  'ba03000000', //          mov edx, 3                          # PROT_READ | PROT_WRITE
  '41ba22401000', //          mov r10d, 0x104022                  # MAP_PRIVATE, _ANONYMOUS, _NORESERVE, _FIXED_NOREPLACE
  '4183c8ff', //          or r8d, -1
  '4531c9', //          xor r9d, r9d
  'b809000000', //          mov eax, 9                          # mmap, where a failed mremap has left a hole
  '0f05', //          syscall
  '4801f7', //          add rdi, rsi
  '4829742428', //          sub [rsp + 40], rsi
  '75cd', //          jnz hole
  '6a00', //          push 0
  '6a01', //          push 1                              # UFFDIO_REGISTER_MODE_MISSING
  'ff742420', //          push [rsp + 32]
  'ff742418', //          push [rsp + 24]                     # { address, bytes, mode, ioctls }
  '8b7b08', //          mov edi, [rbx + 8]
  'be00aa20c0', //          mov esi, 0xc020aa00                 # UFFDIO_REGISTER
  '4889e2', //          mov rdx, rsp
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  '4883c420', //          add rsp, 32
  '488b442410', //          mov rax, [rsp + 16]
  '4889442410', // left:    mov [rsp + 16], rax
  '4889442428', //          mov [rsp + 40], rax
  '31ed', //          xor ebp, ebp
  '4585ff', //          test r15d, r15d
  '7405', //          jz move
  'bdcf070000', //          mov ebp, 1999                       # one is stuck, so the others do not get 0.1 s each
  '31c0', // move:    xor eax, eax
  '4889442418', //          mov [rsp + 24], rax
  '4889442420', //          mov [rsp + 32], rax
  '8b7b08', //          mov edi, [rbx + 8]
  'be05aa28c0', //          mov esi, 0xc028aa05                 # UFFDIO_MOVE of all that is left of the run
  '4889e2', //          mov rdx, rsp
  'b010', //          mov al, 16
  '0f05', //          syscall
  '488b4c2420', //          mov rcx, [rsp + 32]                 # bytes moved, or an error
  '4885c9', //          test rcx, rcx
  '7f69', //          jg moved
  '83f8ef', //          cmp eax, -17                        # EEXIST: it has arrived
  '7440', //          je wake
  '83f8fe', //          cmp eax, -2                         # ENOENT: it never left
  '743b', //          je wake
  'c744241000100000', //          mov dword ptr [rsp + 16], 4096                # from here page by page
  'c744241400000000', //          mov dword ptr [rsp + 20], 0
  'ffc5', //          inc ebp
  '81fdd0070000', //          cmp ebp, 2000
  '771e', //          ja stuck
  '6850c30000', //          push 50000
  '6a00', //          push 0
  '4889e7', //          mov rdi, rsp
  '31f6', //          xor esi, esi
  'b823000000', //          mov eax, 35                         # nanosleep of 50 us
  '0f05', //          syscall
  '4883c410', //          add rsp, 16
  'e81e010000', //          call drain                          # EAGAIN: an event may have been on its way
  'eb99', //          jmp move
  '41ffc7', // stuck:   inc r15d
  '6800100000', // wake:    push 4096
  'ff742408', //          push [rsp + 8]                      # { address, 4096 }
  '8b7b08', //          mov edi, [rbx + 8]
  'be02aa1080', //          mov esi, 0x8010aa02                 # UFFDIO_WAKE
  '4889e2', //          mov rdx, rsp
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  '4883c410', //          add rsp, 16
  'b900100000', //          mov ecx, 4096
  '48010c24', // moved:   add [rsp], rcx
  '48014c2408', //          add [rsp + 8], rcx
  '488b442428', //          mov rax, [rsp + 40]
  '4829c8', //          sub rax, rcx
  '0f8f45ffffff', //          jg left
  'e9adfeffff', //          jmp run
  '41ffc6', // last:    inc r14d
  '4183fe04', //          cmp r14d, 4
  '0f858afeffff', //          jne section
  'bd04000000', //          mov ebp, 4
  '4585ff', //          test r15d, r15d
  '0f85ad000000', //          jne end                             # one is still unmapped: no waiter may continue
  '4c8d6348', //          lea r12, [rbx + 72]                 # the spans
  '4c8b6b10', //          mov r13, [rbx + 16]
  '49ffcd', // span:    dec r13
  '7836', //          js spans
  '498b442408', //          mov rax, [r12 + 8]
  '4883e0fe', //          and rax, -2
  '50', //          push rax
  '41ff3424', //          push [r12]                          # { address, bytes }
  '8b7b08', //          mov edi, [rbx + 8]
  'be01aa1080', //          mov esi, 0x8010aa01                 # UFFDIO_UNREGISTER
  '4889e2', //          mov rdx, rsp
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  'be02aa1080', //          mov esi, 0x8010aa02                 # UFFDIO_WAKE
  'b810000000', //          mov eax, 16
  '0f05', //          syscall
  '4883c410', //          add rsp, 16
  '4983c410', //          add r12, 16
  'ebc5', //          jmp span
  '4c8d6348', // spans:   lea r12, [rbx + 72]                 # again: nobody waits for anything by now
  '4c8b6b10', //          mov r13, [rbx + 16]
  '49ffcd', // own:     dec r13
  '7822', //          js reader
  '498b3c24', //          mov rdi, [r12]
  '498b742408', //          mov rsi, [r12 + 8]
  '4983c410', //          add r12, 16
  '480fbaf600', //          btr rsi, 0                          # the ferry's own?
  '73e7', //          jnc own
  'ba04000000', //          mov edx, 4                          # MADV_DONTNEED
  'b81c000000', //          mov eax, 28                         # madvise
  '0f05', //          syscall
  'ebd9', //          jmp own
  '4c8b6340', // reader:  mov r12, [rbx + 64]                 # the event reader's block
  '4d85e4', //          test r12, r12
  '7423', //          jz close
  '41c744240401000000', //          mov dword ptr [r12 + 4], 1          # COMMAND = end
  '418b7c2410', //          mov edi, [r12 + 16]
  '6a01', //          push 1
  '4889e6', //          mov rsi, rsp
  'ba08000000', //          mov edx, 8
  'b801000000', //          mov eax, 1                          # write(the eventfd)
  '0f05', //          syscall
  '4883c408', //          add rsp, 8
  '8b7b08', // close:   mov edi, [rbx + 8]
  'b803000000', //          mov eax, 3                          # close
  '0f05', //          syscall
  'bd03000000', //          mov ebp, 3
  '892b', // end:     mov [rbx], ebp                      # JOURNAL_BACK, or JOURNAL_STUCK
  '4883c430', // out:     add rsp, 48
  '415f', //          pop r15
  '415e', //          pop r14
  '415d', //          pop r13
  '415c', //          pop r12
  '5d', //          pop rbp
  '5b', //          pop rbx
  'c3', //          ret
  '4881ec00020000', // drain:   sub rsp, 512
  '8b7b08', // pending: mov edi, [rbx + 8]
  '4889e6', //          mov rsi, rsp
  'ba00020000', //          mov edx, 512
  '31c0', //          xor eax, eax                        # read
  '0f05', //          syscall
  '4885c0', //          test rax, rax
  '7fec', //          jg pending                          # until EAGAIN
  '4881c400020000', //          add rsp, 512
  'c3', //          ret
];
