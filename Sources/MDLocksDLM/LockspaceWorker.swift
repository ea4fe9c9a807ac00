internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks
internal import Synchronization

/// What a manager and its thread meet over.
final class LockspaceMeeting: Sendable {
    let ledger: Mutex<LockLedger>
    /// Something was put into the inbox.
    let asked: WakeUp
    /// Something is there to be taken.
    let told: WakeUp

    init(members: LockspaceMembers) throws(ClusterFailure) {
        ledger = Mutex(LockLedger(members: members))
        asked = try WakeUp()
        told = try WakeUp()
    }
}

/// The one thread that calls the kernel: it may be held there for as long as a recovery takes, and for good
/// without quorum, where no signal reaches it.
final class LockspaceWorker {
    private let name: String
    private let handle: LockspaceHandle
    private let meeting: LockspaceMeeting
    private let watch: MemberWatch
    private var locks: [LockIdentifier: DLMLock] = [:]

    init(_ name: String, _ handle: LockspaceHandle, _ watch: MemberWatch, _ meeting: LockspaceMeeting) {
        self.name = name
        self.handle = handle
        self.watch = watch
        self.meeting = meeting
    }

    /// Works until the manager closes, or the lockspace is gone.
    func run() {
        while true {
            if let code = listen() {
                finish(code == ENOENT ? .closed : .unavailable(.failed(call: "read", code: code)))
                return
            }
            let (operations, end) = meeting.ledger.withLock { ($0.takeOperations(), $0.end) }
            if end != nil {
                finish(.closed)
                return
            }
            operations.forEach(perform)
            if operations.isEmpty { wait() }
        }
    }

    private func finish(_ failure: LockFailure) {
        handle.close()
        meeting.ledger.withLock { $0.end = $0.end ?? failure }
        meeting.told.signal()
    }

    /// Sleeps until the holder asks for something, or the kernel or dlm_controld has news.
    private func wait() {
        var entries = [meeting.asked.readEnd, watch.descriptor, handle.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // SAFETY: the entries are lent for the call with their own count.
        guard unsafe poll(&entries, nfds_t(entries.count), -1) > 0 else { return }
        if entries[0].revents != 0 { meeting.asked.clear() }
        if entries[1].revents != 0 {
            watch.clear()
            look()
        }
    }

    /// Nodes that came or went, as dlm_controld tells the kernel.
    private func look() {
        let nodes = NodeFiles.members(of: name)
        guard !nodes.isEmpty else { return }
        let isNews = meeting.ledger.withLock { ledger in
            let known = ledger.latestMembers
            guard known.nodes != nodes else { return false }
            ledger.post(.membership(LockspaceMembers(generation: known.generation + 1, nodes: nodes)))
            return true
        }
        if isNews { meeting.told.signal() }
    }

    private func post(_ event: LockEvent) {
        meeting.ledger.withLock { $0.post(event) }
        meeting.told.signal()
    }

    // MARK: What the holder asks for

    private func perform(_ operation: LockOperation) {
        switch operation {
        case .request(let identifier, let name, let mode, let options):
            guard let lock = DLMLock(identifier, name, usesValue: options.contains(.valueBlock)) else {
                return post(.failed(identifier, .refused(code: ENOMEM)))
            }
            locks[identifier] = lock
            ask(lock, for: mode, options, isConversion: false)
        case .convert(let identifier, let mode, let options, let value):
            guard let lock = locks[identifier] else { return }
            if let value { lock.value = value }
            ask(lock, for: mode, options, isConversion: true)
        case .unlock(let identifier, let value):
            // A request whose refusal the holder was not told of when it gave up.
            guard let lock = locks[identifier] else { return post(.unlocked(identifier)) }
            lock.lastWord = value
            lock.ending = .asked
            end(lock)
        case .cancel(let identifier):
            guard let lock = locks[identifier], lock.isInFlight else { return }
            // Nothing to cancel is no failure: the grant is on its way.
            _ = lock.unlock(LKF_CANCEL, through: handle)
        }
    }

    private func ask(_ lock: DLMLock, for mode: LockMode, _ options: LockOptions, isConversion: Bool) {
        let code = lock.ask(for: mode, options, isConversion: isConversion, through: handle)
        guard code != 0 else { return }
        if lock.held == nil { locks[lock.identifier] = nil }
        post(.failed(lock.identifier, code == EAGAIN ? .wouldWait : .refused(code: code)))
    }

    /// The next step to a lock's end. What waits is cancelled first where a grant could come in between that an
    /// unlock must not meet.
    private func end(_ lock: DLMLock) {
        if lock.isInFlight {
            _ = lock.unlock(lock.usesValue ? LKF_CANCEL : LKF_FORCEUNLOCK, through: handle)
        } else if lock.isWriter {
            if let word = lock.lastWord { lock.value = word }
            let code = lock.ask(for: .null, [], isConversion: true, through: handle)
            if code != 0 { fail(lock, code) }
        } else {
            lock.ending = .unlocking
            let code = lock.unlock(0, through: handle)
            if code != 0 { fail(lock, code) }
        }
    }

    /// The kernel does not let a lock go: nothing can be built on it any more.
    private func fail(_ lock: DLMLock, _ code: Int32) {
        locks[lock.identifier] = nil
        finish(code == ENOENT ? .closed : .unavailable(.failed(call: "dlm_ls_unlock", code: code)))
    }

    // MARK: What the kernel tells

    /// Takes all that the kernel has to tell; an errno where it will tell no more.
    private func listen() -> Int32? {
        while true {
            switch handle.read() {
            case .success(let notice): hear(notice)
            case .failure(let failure) where failure.code == EAGAIN: return nil
            case .failure(let failure) where failure.code == EINTR: continue
            case .failure(let failure): return failure.code
            }
        }
    }

    private func hear(_ notice: KernelNotice) {
        let identifier = LockIdentifier(rawValue: UInt32(truncatingIfNeeded: notice.token &- 1))
        guard let lock = locks[identifier] else { return }
        if let wanted = notice.wanted { return post(.blocking(identifier, wanted: wanted)) }
        switch notice.status {
        case 0: granted(lock, notice)
        case UInt32(EUNLOCK):
            locks[identifier] = nil
            post(.unlocked(identifier))
        case UInt32(ECANCEL):
            lock.fail()
            if lock.ending == .none { post(.cancelled(identifier)) }
            stopped(lock)
        case let code:
            lock.fail()
            post(.failed(identifier, Self.refusal(Int32(code))))
            stopped(lock)
        }
    }

    private func granted(_ lock: DLMLock, _ notice: KernelNotice) {
        let isOurs = lock.ending != .none && lock.wanted == .null && lock.isWriter
        let value = lock.complete(with: notice)
        // NL on the way to the end is no news to the holder.
        if !isOurs { post(.granted(lock.identifier, lock.wanted, value)) }
        if lock.ending == .asked { end(lock) }
    }

    /// An operation ended without a grant.
    private func stopped(_ lock: DLMLock) {
        guard lock.held == nil else {
            if lock.ending == .asked { end(lock) }
            return
        }
        locks[lock.identifier] = nil
        if lock.ending != .none { post(.unlocked(lock.identifier)) }
    }

    private static func refusal(_ code: Int32) -> LockRefusal {
        switch code {
        case EAGAIN: .wouldWait
        case EDEADLK: .deadlock
        default: .refused(code: code)
        }
    }
}
