package import MDBytes
package import MDKernel
package import MDModel

/// What the archive and `--undo` tell.
package enum ArchiveNotice: Hashable, Sendable {
    /// What a command overwrites could not be saved; the command goes on.
    case notKept(SystemCallError)
    /// There is no such entry.
    case noEntry(String)
    /// The entry is damaged, or of another release.
    case damaged(String)
    case cannotRead(String, SystemCallError)
    /// The disk is not there: neither by its name nor by what it calls itself.
    case absent(ArchivedDevice)
    /// The path leads to another disk.
    case otherDisk(ArchivedDevice)
    /// Nobody may hold the disk.
    case inUse(path: String, holders: [String])
    case cannotOpen(path: String, SystemCallError)
    /// Somebody wrote there since.
    case overwritten(path: String, offset: ByteCount)
    /// It is as it was before the command already.
    case nothingToDo(String)
    case stepFailed(StepFailure)
    case restored(entry: String, ArchiveEntry, areas: Int, devices: [String])
}
