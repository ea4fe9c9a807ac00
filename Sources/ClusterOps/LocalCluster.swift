internal import MDBytes
internal import MDLocks

/// A cluster within one thread, for trying and testing: its lock manager follows the rules of the Linux DLM, and its
/// clock moves only while everybody waits, so that a timeout of half a minute takes no time.
///
///     let cluster = LocalCluster(array: uuid)
///     let first = cluster.session(node: 1, application: one)
///     let second = cluster.session(node: 2, application: two)
///     try first.join(nodes: 4)
///     try second.join(nodes: 4)
///     try first.addNewDiskStart(disk)      // two.newDisk(disk) is asked, and says .accepted
///     one.writeSuperblocks()
///     try first.addNewDiskFinish()         // two.readMetadata finds the new member
public final class LocalCluster {
    private let array: UUID
    private let lockspace = LocalLockspace()
    private var sessions: [ClusterSession] = []
    private var stopped: Set<UInt32> = []
    private var now = 0

    /// `array` is the array's uuid: sixteen bytes in disk order.
    public init(array: [UInt8]) { self.array = UUID(bytes: array) }

    /// A process on node `node`, 1 and up, that has not joined yet. The cluster must outlive its sessions.
    public func session(node: UInt32, application: any ClusterApplication) -> ClusterSession {
        let clock = SessionClock(
            now: { [unowned self] in Instant(milliseconds: now) }, idle: { [unowned self] in idle($0) })
        let session = ClusterSession(
            array: array, locks: lockspace.join(NodeIdentifier(rawValue: node)), clock: clock,
            nonce: UInt32(truncatingIfNeeded: (sessions.count + 1) &* 0x9e37_79b1), application: application)
        sessions.append(session)
        return session
    }

    /// A node dies, with every session on it.
    public func kill(node: UInt32) {
        sessions.removeAll { $0.locks.node.rawValue == node }
        lockspace.remove(NodeIdentifier(rawValue: node))
    }

    /// A node's programs stand still, or go on: it is there meanwhile, with its locks, and does nothing.
    public func stop(node: UInt32, _ isStopped: Bool = true) {
        if isStopped { stopped.insert(node) } else { stopped.remove(node) }
    }

    /// Lets everybody go on until nobody has anything to do, for at most that long.
    public func settle(milliseconds: Int) {
        let end = now + milliseconds
        while now < end { idle(Milliseconds(1)) }
    }

    /// One session waits: the others go on, and when none has anything to do, time passes.
    private func idle(_ span: Milliseconds) {
        var isBusy = false
        for session in sessions where !stopped.contains(session.locks.node.rawValue) && session.step() { isBusy = true }
        if !isBusy { now += span.rawValue }
    }
}
