internal import MDBytes
package import MDLocks

/// One node's part in a shared array: takes events, returns effects, does nothing itself.
///
/// Rules that all of it keeps:
/// - One sender in the cluster: whoever holds `token` EX. Joining and leaving happen under the token, too, so
///   who is asked cannot grow while a message is out.
/// - A message is out between `message` EX and `message` NL of its sender. It is answered by a reply record
///   and then by letting go of `ack`, on every path: damaged, foreign, unknown, repeated.
/// - `ack` means done: the effect of a message comes before it.
/// - The receiving part never waits for the token, nor for anything that somebody who waits for it may hold.
/// - Value blocks that are not valid decide nothing; they only make us look again.
/// - Every wait of a request has a limit, after which it is cancelled and the cancel's end awaited.
package struct ClusterNode: Sendable {
    /// Where a node stands.
    package enum Phase: Hashable, Sendable {
        case outside, joining, member, leaving, gone
    }

    package let settings: ClusterSettings
    let seal: ClusterSeal

    package internal(set) var phase = Phase.outside
    /// Our slot; -1 without one.
    package internal(set) var slot = -1
    /// The other members.
    package internal(set) var live = SlotSet()
    /// The members' node ids by slot, as they told them; 0 where they have not.
    package internal(set) var names: [UInt32]
    /// What each slot resyncs, ours not among them.
    package internal(set) var ranges: [SectorSpan]

    var out: [ClusterEffect] = []
    var modes: [LockMode]
    /// By lock: the mode that a conversion under way is to reach.
    var goals: [LockMode?]
    /// By lock: whether we have asked to call that off.
    var isCalledOff: [Bool]
    /// A lock of which something was told that fits nothing we asked for, or that was asked for twice at once.
    var confusion: ClusterLock?
    var incarnation: UInt8 = 0
    var counter: UInt32 = 0
    var hasQuorum = true

    var sender: Sender
    var receiver: Receiver
    var resync = ResyncTask()
    var recovery: Recovery
    var record = RecordWriter()

    package init(_ settings: ClusterSettings) {
        self.settings = settings
        seal = ClusterSeal(array: settings.array)
        names = Array(repeating: 0, count: settings.nodes)
        ranges = Array(repeating: .none, count: settings.nodes)
        modes = Array(repeating: .null, count: ClusterLock.count(nodes: settings.nodes))
        isCalledOff = Array(repeating: false, count: ClusterLock.count(nodes: settings.nodes))
        goals = Array(repeating: nil, count: ClusterLock.count(nodes: settings.nodes))
        sender = Sender(nodes: settings.nodes)
        receiver = Receiver(nodes: settings.nodes)
        recovery = Recovery()
    }

    /// Takes one event and appends what is to be done, in order.
    package mutating func handle(_ event: ClusterEvent, into effects: inout [ClusterEffect]) {
        guard phase != .gone || event.isRequest else { return }
        swap(&out, &effects)
        dispatch(event)
        pump()
        if let confusion, phase != .gone { breakDown(.unexpectedEvent(confusion)) }
        swap(&out, &effects)
    }

    /// Whether some other node resyncs a part of `span`: writes to it must wait.
    package func isResyncing(_ span: SectorSpan) -> Bool {
        ranges.contains { $0.meets(span) }
    }

    /// What this node resyncs, as it announced it.
    package var ownRange: SectorSpan { resync.announced }

    /// The mode in which this node has `lock`, as far as it was told.
    package func mode(of lock: ClusterLock) -> LockMode { modes[lock.rawValue] }

    /// Whether nothing is under way here: no request, no message being taken, nothing to recover.
    package var isAtRest: Bool {
        sender.step == .idle && sender.queue.isEmpty && receiver.step == .idle && !receiver.isWanted
            && recovery.wanted.isEmpty && recovery.active.isEmpty
    }

    private mutating func dispatch(_ event: ClusterEvent) {
        switch event {
        case .request(let ticket, let request): ask(ticket, request)
        case .granted(let lock, let mode, let value):
            guard isExpected(lock), goals[lock.rawValue] == mode else { return confusion = lock }
            close(lock)
            modes[lock.rawValue] = mode
            granted(lock, mode, value)
        case .failed(let lock, let refusal):
            // Of a lock that nobody asked for, too: the lock manager itself has failed.
            if isExpected(lock) { close(lock) }
            failed(lock, refusal)
        case .cancelled(let lock):
            guard isExpected(lock), isCalledOff[lock.rawValue] else { return confusion = lock }
            close(lock)
            cancelled(lock)
        case .wanted(let lock):
            if lock == .ack { receiver.isWanted = true }
        case .expired(let timer): expired(timer)
        case .applied(let id, let answer): applied(id, answer)
        case .metadataRead(let events): metadataRead(events)
        case .recovered(let slot, let isGood): recovered(slot, isGood)
        case .quorum(let isThere): quorumChanged(isThere)
        }
    }

    /// Starts whatever can start now. The receiver first: others wait for it.
    private mutating func pump() {
        guard phase != .gone else { return }
        pumpReceiver()
        pumpSender()
        pumpSettling()
        pumpRecord()
        pumpReceiver()
    }

    // MARK: Locks

    /// Begins a conversion; its end comes as an event.
    mutating func convert(
        _ lock: ClusterLock, _ mode: LockMode, isRefusable: Bool = false, value: ValueBlock? = nil
    ) {
        guard !isBusy(lock) else { return confusion = lock }
        goals[lock.rawValue] = mode
        out.append(.convert(lock, mode, isRefusable: isRefusable, value: value))
    }

    /// Calls a conversion off; it ends as called off, or, where that was faster, in another way.
    mutating func callOff(_ lock: ClusterLock) {
        isCalledOff[lock.rawValue] = true
        out.append(.cancel(lock))
    }

    private mutating func close(_ lock: ClusterLock) {
        goals[lock.rawValue] = nil
        isCalledOff[lock.rawValue] = false
    }

    /// Whether a conversion of the lock is under way.
    func isBusy(_ lock: ClusterLock) -> Bool { goals[lock.rawValue] != nil }

    private func isExpected(_ lock: ClusterLock) -> Bool { goals.indices.contains(lock.rawValue) && isBusy(lock) }

    private mutating func granted(_ lock: ClusterLock, _ mode: LockMode, _ value: LockValue?) {
        switch lock.family {
        case .token: senderGranted(lock, mode, value)
        case .message, .ack:
            if receiver.step != .idle { receiverGranted(lock, mode, value) } else { senderGranted(lock, mode, value) }
        case .noNewDevices:
            if receiver.step == .settlingVote {
                receiverGranted(lock, mode, value)
            } else {
                senderGranted(lock, mode, value)
            }
        case .resync: resyncGranted(mode)
        case .bitmap(let owner):
            if owner == slot, record.isWriting { recordWritten() }
            else if recovery.active[owner] { recoveryGranted(owner, mode, value) }
            else { senderGranted(lock, mode, value) }
        case .alive(let owner):
            if owner == slot || sender.step == .surveying || sender.step == .surveyingOn {
                senderGranted(lock, mode, value)
            } else {
                watchGranted(owner, mode, value)
            }
        case .reply(let owner):
            if owner == slot, receiver.step == .replying { receiverGranted(lock, mode, value) }
            else { senderGranted(lock, mode, value) }
        }
    }

    private mutating func failed(_ lock: ClusterLock, _ refusal: LockRefusal) {
        if refusal == .wouldWait, senderRefused(lock) { return }
        if refusal == .deadlock, turnstileRefused(lock) { return }
        let code: Int32 = switch refusal {
        case .wouldWait: 11
        case .deadlock: 35
        case .refused(let code): code
        }
        breakDown(.lockFailed(lock, code: code))
    }

    private mutating func cancelled(_ lock: ClusterLock) {
        switch lock.family {
        case .resync: resyncCancelled()
        case .bitmap(let owner) where recovery.active[owner]: recoveryCancelled(owner)
        case .alive(let owner) where owner != slot: watchCancelled(owner)
        default: senderCancelled(lock)
        }
    }

    private mutating func expired(_ timer: ClusterTimer) {
        switch timer {
        case .request: requestExpired()
        case .confirm: confirmExpired()
        case .retry:
            if phase == .member {
                if sender.owesRepair { enqueueRepair() }
                startRecoveries()
            }
        case .election: electionExpired()
        case .vote: voteExpired()
        case .turnstile: turnstileExpired()
        }
    }

    // MARK: Ends

    /// Reports how a request ended, unless the node asked it of itself.
    mutating func finish(_ job: Job, _ outcome: ClusterOutcome) {
        if job.ticket >= 0 { out.append(.finished(ticket: job.ticket, outcome)) }
    }

    /// A lock call failed in a way the protocol has no answer to: the node goes at once, as if it had died, so
    /// that nobody waits for it.
    mutating func breakDown(_ fault: ClusterFault) {
        if fault != .notJoined { out.append(.notice(.brokeDown(fault))) }
        endEverything(fault)
        out.append(.close)
    }

    /// Reports every open request as failed and forgets it.
    mutating func endEverything(_ fault: ClusterFault) {
        phase = .gone
        if let job = sender.job { finish(job, .failure(fault)) }
        for job in sender.queue { finish(job, .failure(fault)) }
        if let waiting = resync.waiting { finish(waiting, .failure(fault)) }
        if let ending = resync.ending { finish(ending, .failure(fault)) }
        for timer in ClusterTimer.allCases { out.append(.disarm(timer)) }
        if receiver.step == .applying { out.append(.abandon(receiver.incoming.id)) }
        sender.job = nil
        sender.queue = []
        sender.step = .idle
        receiver.step = .idle
        resync = ResyncTask()
    }
}

/// A request under way or waiting; a negative ticket is the node's own.
struct Job: Hashable, Sendable {
    var ticket: Int
    var request: ClusterRequest
}

extension ClusterEvent {
    fileprivate var isRequest: Bool {
        if case .request = self { true } else { false }
    }
}
