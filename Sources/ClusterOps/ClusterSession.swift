package import MDBytes
internal import MDCluster
package import MDLocks

/// The time that a session lives by.
package struct SessionClock {
    package var now: () -> Instant
    /// Lets time pass when nothing is to be done, or does something for others. Nil where the lock manager lives by
    /// this clock: then a session sleeps in it until an event or its next timer.
    package var idle: ((Milliseconds) -> Void)?

    package init(now: @escaping () -> Instant, idle: ((Milliseconds) -> Void)? = nil) {
        self.now = now
        self.idle = idle
    }
}

/// One node's membership in one array, over a lock manager that is joined already: carries out what the protocol
/// (`ClusterNode`) wants, and calls the application. For one thread; after `leave`, or an error `lockManager`, it is
/// over.
public final class ClusterSession {
    let locks: any LockManager
    let clock: SessionClock
    let array: UUID
    let nonce: UInt32
    unowned let application: any ClusterApplication
    var node: ClusterNode?
    /// How the request under way ended: the application makes one at a time.
    var outcome: ClusterOutcome?
    var pending: [ClusterEvent] = []
    var deadlines: [Instant?] = Array(repeating: nil, count: ClusterTimer.allCases.count)
    /// A NEWDISK that waits for `newDiskAck`, and one that was answered with yes and is not settled yet.
    var asked: (id: MessageID, device: NewDevice)?
    var accepted: (id: MessageID, device: NewDevice)?
    /// A lock call could not even begin.
    var isBroken = false

    private let wakeUp = WakeUpFlag()

    /// The application must outlive the session.
    package init(
        array: UUID, locks: any LockManager, clock: SessionClock, nonce: UInt32,
        application: any ClusterApplication
    ) {
        self.array = array
        self.locks = locks
        self.clock = clock
        self.nonce = nonce
        self.application = application
    }

    /// Answers other nodes for that long, asleep while there is nothing to do. Returns early after a `wake`, and at
    /// once where this node is no member (see `isMember`).
    public func serve(milliseconds: Int) {
        let end = clock.now() + Milliseconds(milliseconds)
        while isMember, !wakeUp.take(), clock.now() < end {
            if !step() { rest(until: end) }
        }
    }

    /// Whether this node is a member: has joined, and has neither left nor failed.
    public var isMember: Bool { node?.phase == .member }

    /// Ends a `serve` from another thread.
    public var waker: SessionWaker { SessionWaker(wakeUp: wakeUp, locks: locks) }

    /// Nothing can be done now.
    private func rest(until end: Instant) {
        if let idle = clock.idle { return idle(Milliseconds(1)) }
        hear(until: deadlines.reduce(end) { min($0, $1 ?? end) })
    }

    /// Does what can be done now; false where there was nothing.
    @discardableResult
    package func step() -> Bool {
        guard node != nil else { return false }
        if !pending.isEmpty {
            take(pending.removeFirst())
            return true
        }
        for timer in ClusterTimer.allCases {
            guard let deadline = deadlines[timer.rawValue], deadline <= clock.now() else { continue }
            deadlines[timer.rawValue] = nil
            if timer == .request { take(.quorum(locks.hasQuorum)) }
            take(.expired(timer))
            return true
        }
        return hear(until: nil)
    }

    /// Takes what the lock manager tells until `deadline`; false where that is nothing.
    @discardableResult
    private func hear(until deadline: Instant?) -> Bool {
        do throws(LockFailure) {
            guard let event = try locks.nextEvent(until: deadline) else { return false }
            guard let heard = ClusterEvent(event) else { return true }
            take(heard)
            return true
        } catch {
            if !isBroken, node?.phase != .gone { take(.failed(.token, .refused(code: 5))) }
            isBroken = true
            return false
        }
    }

    /// Makes a request and waits for its end.
    @discardableResult
    func perform(_ request: ClusterRequest) throws(ClusterOperationError) -> ClusterOutcome {
        guard node != nil else { throw ClusterOperationError(because: .notJoined) }
        outcome = nil
        take(.request(ticket: 0, request))
        while true {
            if let outcome {
                guard case .failure(let fault) = outcome else { return outcome }
                throw ClusterOperationError(fault)
            }
            if !step() { rest(until: clock.now() + Milliseconds.seconds(3600)) }
        }
    }

    func take(_ event: ClusterEvent) {
        var effects: [ClusterEffect] = []
        node?.handle(event, into: &effects)
        for effect in effects { run(effect) }
    }

    // MARK: Locks

    /// Opens every lock at NL, where it stays for the life of the membership.
    func openLocks(nodes: Int) throws(ClusterOperationError) {
        do throws(LockFailure) {
            for raw in 0..<ClusterLock.count(nodes: nodes) {
                let lock = ClusterLock(rawValue: raw)
                try locks.begin(lock.opening)
                try awaitOpening()
            }
        } catch {
            locks.close()
            throw ClusterOperationError(.lockManager, errno: 5)
        }
    }

    private func awaitOpening() throws(LockFailure) {
        while true {
            let deadline = clock.idle == nil ? clock.now() + Milliseconds.seconds(60) : nil
            switch try locks.nextEvent(until: deadline) {
            case .granted?: return
            case .failed?, .unlocked?: throw .closed
            case nil:
                guard let idle = clock.idle else { break }
                idle(Milliseconds(1))
            default: break
            }
        }
    }

    private func run(_ effect: ClusterEffect) {
        switch effect {
        case .convert(let lock, let mode, let isRefusable, let value):
            begin(lock.conversion(to: mode, isRefusable: isRefusable, value: value), lock)
        case .cancel(let lock): begin(.cancel(lock.identifier), lock)
        case .arm(let timer, let span): deadlines[timer.rawValue] = clock.now() + span
        case .disarm(let timer): deadlines[timer.rawValue] = nil
        case .apply(let message): apply(message)
        case .abandon(let id): abandon(id)
        case .readMetadata(let isRepair):
            pending.append(.metadataRead(events: application.readMetadata(isRepair: isRepair)))
            accepted = nil
        case .recover(let slot, let hint):
            let isGood = application.takeOver(slot: slot, hint: SectorRange(hint))
            pending.append(.recovered(slot: slot, isGood: isGood))
        case .rangeChanged(let slot, let span): application.rangeChanged(slot: slot, SectorRange(span))
        case .close: locks.close()
        case .finished(_, let outcome): self.outcome = outcome
        case .notice(let notice):
            if notice.isTrouble { application.warn(notice.words) } else { application.note(notice.words) }
        }
    }

    private func begin(_ operation: LockOperation, _ lock: ClusterLock) {
        do throws(LockFailure) {
            try locks.begin(operation)
        } catch {
            guard !isBroken else { return }
            isBroken = true
            pending.append(.failed(lock, .refused(code: 5)))
        }
    }
}

extension ClusterOperationError {
    /// Before there is a node.
    init(because value: Code.Value) { self.init(value, errno: value == .notJoined ? 107 : 22) }
}
