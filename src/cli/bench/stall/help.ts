export const BENCH_STALL_HELP = `
Threads read, or update, words at random places of memory that is migrated to
and fro, and time every single access. One that meets a page in flight waits for
it: with 'exclusive' (the RFC's unmap, copy, map) readers and writers wait for
their batch; with 'read-through' the batch is write-protected while it is
copied, so that readers wait only for the moment in which it is swapped.

  none           nothing is migrated
  elsewhere      other memory is migrated, which the threads never touch: what
                 they wait for now is a CPU, or the memory's bandwidth
  exclusive, read-through
                 the memory that they access is migrated

Percentiles are of all accesses: a wait counts once, however long it is. 'max'
is the longest of all runs; 'done' is how many accesses were done, of those
that are done when nothing is migrated. Every figure has the clock's cost in it,
which is said.
With more threads than CPUs, 'max' is mostly a wait for a CPU: compare it with
'elsewhere'. Values read are checked (none may be older than one seen before, or
of another place), and after every run the updates are counted: one that is
lost, or a wrong value, ends with exit code 1.`;
