package import MDKernel
package import MDModel

/// What a build tells while it runs; of names, nodes and the map it tells as a creation does.
package enum BuildNotice: Hashable, Sendable {
    case refused(BuildRefusal)
    case noSuchDevice(String, Errno)
    case notBlockDevice(String)
    /// The device is held by somebody, or gone.
    case cannotOpen(String, Errno)
    case stepFailed(StepFailure)
    case notStarted(Errno, isChunkOdd: Bool)
    case started(path: String)
    /// Only raid10 and faulty have several layouts here.
    case layoutDefault(Level, Int32)
}
