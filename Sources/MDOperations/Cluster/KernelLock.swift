package import MDBytes
package import MDLocks

/// A lock of the kernel's DLM, as debugfs shows it in `dlm/NAME_locks`. Looked at, never asked for.
///
/// A node sees its own locks, and those of all nodes on the resources that it masters.
package struct KernelLock: Hashable, Sendable {
    /// DLM_LKSTS_WAITING, DLM_LKSTS_GRANTED, DLM_LKSTS_CONVERT.
    package enum State: Int, Hashable, Sendable { case waiting = 1, granted, converting }

    package var resource: String
    /// The node that has the lock; nil for this one.
    package var node: UInt32?
    package var state: State
    /// nil while the first request waits.
    package var granted: LockMode?
    /// nil where nothing is asked for.
    package var wanted: LockMode?
    /// How long ago it was last granted or asked for.
    package var age: Milliseconds

    /// At most this many locks are read: an array has six for each node and one for each bitmap.
    private static let limit = 4096
    /// DLM_DFL_MSTCPY: the master's copy of another node's lock. Without it the lock is ours, and the node in the
    /// line is only the resource's master.
    private static let masterCopy: UInt32 = 0x10000

    /// The lines of the file that are locks; its first line names the columns:
    /// `id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name`.
    package static func all(in text: String) -> [KernelLock] {
        text.split(separator: "\n").prefix(limit + 1).compactMap { KernelLock(line: $0) }
    }

    private init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 13)
        guard words.count == 14, let node = UInt32(words[1]), let flags = UInt32(words[6], radix: 16),
            let state = Int(words[7]).flatMap(State.init),
            let granted = Int32(words[8]), let wanted = Int32(words[9]), let age = UInt64(words[10])
        else { return nil }
        let name = words[13].filter { $0 != "\"" }
        guard (1...64).contains(name.utf8.count) else { return nil }
        resource = String(name)
        self.node = flags & Self.masterCopy == 0 ? nil : node
        self.state = state
        self.granted = LockMode(rawValue: granted)
        self.wanted = LockMode(rawValue: wanted)
        // The column is called time_ms and holds microseconds.
        self.age = Milliseconds(Int(clamping: age / 1000))
    }
}
