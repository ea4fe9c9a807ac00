package import MDBytes
package import MDLocks
internal import Synchronization

/// One holder in a lockspace of the kernel's DLM, through libdlm.
///
/// Calls of the kernel are made by a thread of its own, so that neither `begin` nor `close` waits for a recovery
/// or for quorum; what was asked for simply is not answered until then.
package final class DLMLockManager: LockManager {
    package let node: NodeIdentifier
    private let meeting: LockspaceMeeting

    /// Opens the lockspace, which this node joins first where it is not in it. The name has 1 to 64 characters.
    ///
    /// Never to be used on a lockspace that the kernel made for an array: its value blocks are longer, and the
    /// kernel would write beyond ours.
    package init(lockspace name: String) throws(LockFailure) {
        do throws(ClusterFailure) {
            try DLMClusterServices.check(name: name)
            let handle = try DeadlineCall<LockspaceHandle>.run(.askingCorosync, within: Milliseconds.seconds(5)) {
                call throws(ClusterFailure) in
                try DLMClusterServices.checkStack()
                call.enter(.joiningLockspace, within: Milliseconds.seconds(30))
                if !NodeFiles.hasLockspace(name) { try LockspaceMembership.join(name) }
                return try LockspaceHandle(name)
            } undo: {
                $0.close()
            }
            guard let node = NodeFiles.nodeIdentifier() else { throw .lockManagerNotRunning }
            self.node = node
            // Before the members are read, so that no change is lost.
            let watch = try MemberWatch(name)
            let members = LockspaceMembers(generation: 1, nodes: NodeFiles.members(of: name))
            let meeting = try LockspaceMeeting(members: members)
            self.meeting = meeting
            try DetachedThread.start { LockspaceWorker(name, handle, watch, meeting).run() }
        } catch {
            throw .unavailable(error)
        }
    }

    deinit { close() }

    /// This node leaves the lockspace, which closing does not do because others on the node may be in it, and
    /// because joining and leaving take seconds.
    package static func leave(lockspace name: String) throws(ClusterFailure) {
        try DLMClusterServices.check(name: name)
        guard NodeFiles.hasLockspace(name) else { return }
        try DeadlineCall<Void>.run(.leavingLockspace, within: Milliseconds.seconds(30)) {
            _ throws(ClusterFailure) in try LockspaceMembership.leave(name)
        }
    }

    /// The nodes as of the last event that was taken.
    package var members: LockspaceMembers { meeting.ledger.withLock { $0.members } }

    /// Can be read while there are events, or the lockspace is gone; now and then for nothing.
    package var descriptor: Int32? { meeting.told.readEnd }

    /// Asks corosync, which answers without delay; where it does not answer, nothing moves either.
    package var hasQuorum: Bool {
        do throws(ClusterFailure) {
            return try DeadlineCall<Bool>.run(.askingCorosync, within: Milliseconds.seconds(5)) {
                _ throws(ClusterFailure) in try Corosync.isQuorate() ?? true
            }
        } catch {
            return false
        }
    }

    package func begin(_ operation: LockOperation) throws(LockFailure) {
        try meeting.ledger.withLock { ledger throws(LockFailure) in try ledger.begin(operation) }
        meeting.asked.signal()
    }

    package func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        while true {
            let taken: Result<LockEvent?, LockFailure> = meeting.ledger.withLock { ledger in
                // Within the lock, so that the descriptor can be read whenever there is an event.
                do throws(LockFailure) {
                    let event = try ledger.takeEvent()
                    if !ledger.hasEvents, ledger.end == nil { meeting.told.clear() }
                    return .success(event)
                } catch { return .failure(error) }
            }
            if let event = try taken.get() { return event }
            guard let deadline, SteadyClock.now() < deadline else { return nil }
            if meeting.ledger.withLock({ $0.takeWake() }) { return nil }
            _ = SteadyClock.waitForInput(meeting.told.readEnd, until: deadline)
        }
    }

    package func wake() {
        meeting.ledger.withLock { $0.wake() }
        meeting.told.signal()
    }

    package func close() {
        meeting.ledger.withLock { $0.end = $0.end ?? .closed }
        meeting.asked.signal()
    }
}
