internal import MDBytes
package import MDKernel
package import MDModel

/// The archive of overwritten metadata: a directory of entries, one for each command, the oldest dropped when there
/// are many.
package struct Archive<K: Kernel>: Sendable {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    /// Where it is.
    package static var directory: String { "/var/lib/swmdadm/archive" }
    /// How many entries are kept.
    package static var mostEntries: Int { 100 }
    /// How many bytes of entries are kept.
    package static var mostBytes: Int { 64 << 20 }
    /// Up to this size an entry needs no look at the others: even a hundred are a tenth of what is kept.
    private static var smallEntry: Int { 64 << 10 }

    /// Names of the entries, the newest first. A name is the time in hexadecimal, the microseconds and a random number.
    package func names() -> [String] {
        let files = (try? kernel.list(directory: Self.directory)) ?? []
        return files.filter(Self.isName).sorted(by: >)
    }

    /// Whether a word may be an entry's name: it becomes part of a path.
    package static func isName(_ word: String) -> Bool {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        // Older releases had no microseconds.
        return parts.count == 2 && parts[0].utf8.count == 10 && [4, 10].contains(parts[1].utf8.count)
            && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
    }

    /// A name for a new entry of this second: several commands, and several devices of one, may share it.
    package func newName(at time: UInt64) -> String {
        let fraction = UInt64(clamping: kernel.wallTime().microseconds)
        let chance = kernel.randomBytes(2)
        return time.hex(width: 10) + "-" + fraction.hex(width: 6) + chance.map { $0.hex(width: 2) }.joined()
    }

    /// Reads an entry; nil for one that is damaged.
    package func entry(_ name: String) throws(SystemCallError) -> ArchiveEntry? {
        let limit = ArchiveEntry.largest + (1 << 20)
        return ArchiveEntry(reading: try kernel.read(file: path(name), limit: limit))
    }

    /// Writes an entry whole, synced before its name appears, and tells its size in bytes. The directory is made where
    /// it is not there.
    @discardableResult
    package func save(_ entry: ArchiveEntry, as name: String) throws(SystemCallError) -> Int {
        let bytes = entry.bytes
        try kernel.makeDirectory(Self.directory, mode: 0o700)
        try kernel.replace(file: path(name), with: bytes, mode: 0o600)
        return bytes.count
    }

    /// Drops an entry; one that will not go is no error.
    package func remove(_ name: String) { try? kernel.remove(file: path(name)) }

    /// Drops the oldest entries beyond what is kept; one that will not go is no error. `newest` is the size of the
    /// newest entry, in bytes.
    package func prune(newest: Int) {
        let names = names()
        for name in names.dropFirst(Self.mostEntries) { remove(name) }
        guard newest > Self.smallEntry else { return }
        // Leaves room for as many small ones as may come.
        let most = Self.mostBytes - Self.mostEntries * Self.smallEntry
        var bytes = 0
        for (index, name) in names.prefix(Self.mostEntries).enumerated() {
            bytes += ((try? kernel.status(ofPath: path(name)))?.size).map { Int(clamping: $0.rawValue) } ?? 0
            if bytes > most, index > 0 { remove(name) }
        }
    }

    private func path(_ name: String) -> String { "\(Self.directory)/\(name)" }
}
