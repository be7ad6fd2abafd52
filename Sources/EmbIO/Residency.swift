/// How a mapped file comes to be in memory.
public enum Residency: String, Sendable, CaseIterable {
    /// The page cache's own pages, read when first touched and one at a time (`MADV_RANDOM`): no readahead drags in
    /// neighbours that a random gather does not want. Opens at once; shared between processes; for files larger than
    /// memory, and for cold ones.
    case mapped

    /// The page cache's own pages, all of them read and entered into the page table before opening returns
    /// (`MADV_POPULATE_READ`). Shared between processes. The kernel may still evict them when memory is short.
    case populated

    /// A copy in this process's own memory, backed by 2 MiB pages where the kernel grants them (`MADV_HUGEPAGE`).
    /// Costs the file's size once per process; never waits for the disk again. For file systems and kernels whose page
    /// cache has small pages only.
    case hugePages

    /// `populated`, and pinned so that the kernel cannot evict it (`mlock`). Counts towards `RLIMIT_MEMLOCK`.
    case locked

    /// Not mapped: the pages that a lookup's rows need are read together, up to 64 at a time (`io_uring`, or `pread` by a few
    /// threads), and kept in a cache of a fixed size. The page cache does not hold them a second time (`O_DIRECT`), unless
    /// the file system knows no other way. For files larger than the memory, or the address space, that a process is allowed.
    /// Costs more per row than the others, and allocates. A file that someone shortens in place is an error here, and no
    /// `SIGBUS`.
    case bounded
}
