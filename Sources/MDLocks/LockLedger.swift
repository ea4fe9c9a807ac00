/// One holder's side of a lock manager that answers later: what it asked for, and what it is to be told.
package struct LockLedger: Sendable {
    /// A lock as its holder knows it.
    private struct Entry: Sendable {
        /// The mode as of the last event that was taken.
        var toldMode: LockMode?
        /// Whether an operation is under way whose event was not taken.
        var isPending = true
        var isUnlocked = false
        /// What the holder was told last, if that was a notice.
        var lastNotice: LockMode?
    }

    private var entries: [LockIdentifier: Entry] = [:]
    private var inbox: [LockOperation] = []
    private var events: [LockEvent] = []
    /// The members as of the last event that was taken.
    package private(set) var members: LockspaceMembers
    /// Why nothing can begin any more.
    package var end: LockFailure?
    private var isWoken = false

    package init(members: LockspaceMembers) { self.members = members }

    /// Accepts an operation, or says why it cannot begin; see `LockManager.begin`.
    package mutating func begin(_ operation: LockOperation) throws(LockFailure) {
        if let end { throw end }
        let lock = operation.lock
        if case .request = operation {
            guard entries[lock] == nil else { throw .duplicateLock(lock) }
            try operation.checkOptions(held: nil)
            entries[lock] = Entry()
        } else {
            guard let entry = entries[lock] else { throw .unknownLock(lock) }
            switch operation {
            case .request: break
            case .convert:
                guard !entry.isPending else { throw .busy(lock) }
                try operation.checkOptions(held: entry.toldMode)
                entries[lock]?.isPending = true
            case .unlock:
                guard !entry.isUnlocked else { throw .busy(lock) }
                entries[lock]?.isPending = true
                entries[lock]?.isUnlocked = true
            case .cancel:
                guard entry.isPending, !entry.isUnlocked else { return }
            }
        }
        inbox.append(operation)
    }

    /// The mode of a lock as its holder knows it.
    package func mode(of lock: LockIdentifier) -> LockMode? { entries[lock]?.toldMode }

    /// What was accepted and not carried out yet.
    package mutating func takeOperations() -> [LockOperation] {
        defer { inbox = [] }
        return inbox
    }

    /// Has an event to be taken. Older kernels (6.1) repeat notices about PR and CW; newer ones do not.
    package mutating func post(_ event: LockEvent) {
        if let lock = event.lock {
            if case .blocking(_, let wanted) = event {
                // Who gives up does not care; there can be one of our own making, by the steps to the end.
                if entries[lock]?.isUnlocked == true { return }
                if wanted.isKnown(from: entries[lock]?.lastNotice) { return }
                entries[lock]?.lastNotice = wanted
            } else {
                entries[lock]?.lastNotice = nil
            }
        }
        events.append(event)
    }

    /// The oldest event that was not taken.
    package mutating func takeEvent() throws(LockFailure) -> LockEvent? {
        guard let event = events.first else {
            if let end { throw end }
            return nil
        }
        events.removeFirst()
        tell(event)
        return event
    }

    /// The members as of the last event, taken or not.
    package var latestMembers: LockspaceMembers {
        for event in events.reversed() { if case .membership(let members) = event { return members } }
        return members
    }

    /// Whether there is one to be taken.
    package var hasEvents: Bool { !events.isEmpty }

    /// The next wait for an event is to end; see `LockManager.wake`.
    package mutating func wake() { isWoken = true }

    /// Whether a wait is to end now, which is asked once.
    package mutating func takeWake() -> Bool {
        defer { isWoken = false }
        return isWoken
    }

    /// Notes that the holder knows what an event tells.
    private mutating func tell(_ event: LockEvent) {
        switch event {
        case .membership(let members): self.members = members
        case .blocking: break
        case .granted(let lock, let mode, _):
            guard var entry = entries[lock] else { break }
            entry.toldMode = mode
            entry.isPending = entry.isUnlocked
            entries[lock] = entry
        case .failed(let lock, _), .cancelled(let lock):
            guard let entry = entries[lock], !entry.isUnlocked else { break }
            if entry.toldMode == nil { entries[lock] = nil } else { entries[lock]?.isPending = false }
        case .unlocked(let lock): entries[lock] = nil
        }
    }
}
