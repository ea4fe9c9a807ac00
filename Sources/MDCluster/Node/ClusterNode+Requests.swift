internal import MDBytes
internal import MDLocks

extension ClusterNode {
    /// Takes a request: answers at once what can be, queues the rest.
    mutating func ask(_ ticket: Int, _ request: ClusterRequest) {
        let job = Job(ticket: ticket, request: request)
        switch request {
        case .join:
            guard phase == .outside else { return finish(job, .failure(phase == .gone ? .notJoined : .alreadyJoined)) }
            phase = .joining
            sender.queue.append(job)
            return
        case .repair: return enqueueRepair()
        default: break
        }
        guard phase == .member else { return finish(job, .failure(.notJoined)) }
        switch request {
        case .metadataStart where sender.transaction == .add:
            // The add holds the right already.
            finish(job, .success)
        case .metadataStart where sender.transaction != .none, .addStart where sender.transaction != .none:
            finish(job, .failure(.transactionOpen))
        case .metadataFinish where sender.transaction == .none, .metadataCancel where sender.transaction == .none:
            finish(job, .failure(.noTransaction))
        case .resyncStart, .resyncMove, .resyncFinish: askResync(job)
        case .leave:
            endResyncWait()
            sender.queue.append(job)
        default: sender.queue.append(job)
        }
    }

    /// Looks, when the token can be had, whether something was left half done.
    mutating func enqueueRepair() {
        let isQueued = sender.queue.contains { $0.request == .repair }
        if !isQueued { sender.queue.append(Job(ticket: -1, request: .repair)) }
    }

    /// Begins what can begin.
    mutating func pumpSender() {
        switch sender.step {
        case .idle:
            guard !sender.queue.isEmpty else { return }
            begin(sender.queue.removeFirst())
        case .holding:
            guard let place = sender.queue.firstIndex(where: { $0.request.belongsToTransaction }) else { return }
            let job = sender.queue.remove(at: place)
            sender.job = job
            runInside(job)
        default: return
        }
    }

    private mutating func begin(_ job: Job) {
        sender.job = job
        sender.outcome = .success
        switch job.request {
        case .resyncStart(let span), .resyncMove(let span):
            resync.announced = span
            sender.step = .recording
            record.senderWaits = true
        case .resyncFinish:
            resync.announced = .none
            sender.step = .recording
            record.senderWaits = true
        case .join(let nonce):
            incarnation = UInt8(truncatingIfNeeded: nonce >> 24)
            counter = nonce & 0xff_ffff
            takeToken()
        default: takeToken()
        }
    }

    mutating func takeToken() {
        sender.step = .token
        out.append(.arm(.request, settings.tokenLimit))
        convert(.token, .exclusive)
    }

    /// Our range is published; now the others are told.
    mutating func senderRecorded() {
        if sender.step == .recording { takeToken() }
    }

    /// What the token's value says of its last holder.
    mutating func tokenGranted(_ value: LockValue?) {
        sender.cancelling = nil
        out.append(.disarm(.request))
        sender.hint = nil
        sender.isDirty = value?.isValid != true
        if let value, value.block != .zero {
            do throws(BlockDefect) {
                let intent = try IntentRecord(reading: value.block, seal)
                if intent.isOpen || sender.isDirty { sender.hint = intent }
                if intent.isOpen { sender.isDirty = true }
            } catch {
                sender.isDirty = true
            }
        }
        sender.owesRepair = false
        guard let job = sender.job else { return }
        if case .join = job.request { return survey() }
        guard sender.isDirty else { return run(job) }
        out.append(.notice(.repairing(slot: sender.hint?.slot, kind: sender.hint?.kind)))
        settle(.inspect)
    }

    /// Does the job that the token was taken for.
    mutating func run(_ job: Job) {
        switch job.request {
        case .metadataStart:
            sender.transaction = .metadata
            mark(ClusterMessage(.metadataUpdated))
        case .addStart(let uuid, let number): mark(ClusterMessage(newDisk: uuid, number: number))
        case .repair: release(.success)
        case .leave(let isDirty): beginLeaving(isDirty || resync.isHeld)
        case .resyncStart(let span), .resyncMove(let span):
            send(ClusterMessage(.resyncing, low: span.low, high: span.high), for: .plain)
        case .resyncFinish: send(ClusterMessage(.resyncing), for: .plain)
        case .look(let identity, let mebibytes): look(for: identity, mebibytes)
        default: mark(plainMessage(job.request))
        }
    }

    /// Does a job for which the token is held already.
    private mutating func runInside(_ job: Job) {
        switch job.request {
        case .metadataFinish(let events, let device):
            send(ClusterMessage(
                .metadataUpdated, low: events, high: UInt64(sender.addID.rawValue), argument: device), for: .close)
        case .metadataCancel where sender.transaction == .add: abort(.byOperator, .success)
        case .metadataCancel:
            sender.transaction = .none
            release(.success)
        case .look(let identity, let mebibytes): look(for: identity, mebibytes)
        default: send(plainMessage(job.request), for: .plain)
        }
    }

    private mutating func look(for identity: UUID, _ mebibytes: UInt32) {
        send(ClusterMessage(look: identity, mebibytes: mebibytes), for: .look)
    }

    private func plainMessage(_ request: ClusterRequest) -> ClusterMessage {
        switch request {
        case .remove(let number): ClusterMessage(.remove, argument: number)
        case .reAdd(let number): ClusterMessage(.reAdd, argument: number)
        case .changeCapacity(let sectors): ClusterMessage(.changeCapacity, low: sectors)
        case .bitmapResize(let sectors): ClusterMessage(.bitmapResize, high: sectors)
        default: ClusterMessage(.metadataUpdated)
        }
    }

    /// Writes down what is about to be done, before it is done.
    private mutating func mark(_ message: ClusterMessage) {
        sender.outgoing = numbered(message)
        sender.step = .marking
        convert(.token, .exclusive, value: IntentRecord(sender.outgoing).block(seal))
    }

    mutating func marked() {
        guard let job = sender.job else { return }
        switch job.request {
        case .metadataStart:
            sender.job = nil
            sender.addID = .none
            sender.step = .holding
            finish(job, .success)
        case .addStart: send(sender.outgoing, for: .announce)
        default: send(sender.outgoing, for: .plain)
        }
    }

    /// Lets the token go; what is still half done stays written on it.
    mutating func release(_ outcome: ClusterOutcome) {
        sender.outcome = outcome
        sender.transaction = .none
        sender.addID = .none
        sender.step = .releasing
        convert(.token, .null, value: tokenFarewell())
    }

    /// What the token says when we let it go.
    func tokenFarewell() -> ValueBlock {
        guard sender.isDirty else { return IntentRecord.closed(slot: max(slot, 0)).block(seal) }
        return IntentRecord(sender.outgoing).block(seal)
    }

    mutating func released() {
        if sender.isDirty {
            sender.owesRepair = true
            out.append(.arm(.retry, settings.retryPause))
        }
        sender.isDirty = false
        sender.step = .idle
        guard let job = sender.job else { return }
        if case .resyncFinish = job.request, sender.outcome.isSuccess {
            sender.step = .endingResync
            convert(.resync, .null)
            return
        }
        sender.job = nil
        finish(job, sender.outcome)
    }

    // MARK: Limits

    /// The wait of the request under way has taken too long.
    mutating func requestExpired() {
        guard let lock = sender.awaitedLock(slot) else { return }
        // A call-off, too, ends only with quorum.
        out.append(.arm(.request, settings.tokenLimit))
        guard hasQuorum else {
            if let job = sender.job { out.append(.notice(.waitingForQuorum(ticket: job.ticket))) }
            return
        }
        guard sender.cancelling == nil else { return }
        sender.cancelling = lock
        callOff(lock)
    }

    /// Time without quorum does not count.
    mutating func quorumChanged(_ isThere: Bool) {
        if isThere, !hasQuorum, sender.awaitedLock(slot) != nil, sender.cancelling == nil {
            let isMessage = sender.step == .writing || sender.step == .awaiting
            out.append(.arm(.request, isMessage ? settings.answerLimit : settings.tokenLimit))
        }
        hasQuorum = isThere
    }

    mutating func senderCancelled(_ lock: ClusterLock) {
        sender.cancelling = nil
        out.append(.disarm(.request))
        switch sender.step {
        case .token:
            sender.outcome = .failure(.tokenTimeout)
            guard let job = sender.job else { return }
            if case .join = job.request { return failJoin(.tokenTimeout, holdsToken: false) }
            sender.step = .idle
            sender.job = nil
            if job.request == .repair {
                sender.owesRepair = true
                out.append(.arm(.retry, settings.retryPause))
            }
            finish(job, sender.outcome)
        case .writing: sent(.lockTimeout(.message))
        case .awaiting:
            // Nobody more will be woken by this message; who has let go, has handled it.
            sender.isWithdrawn = true
            sender.step = .withdrawing
            convert(.message, .null)
        case .registering: failJoin(.lockTimeout(lock), holdsToken: true)
        default: break
        }
    }
}

extension Sender {
    /// The lock whose grant depends on others.
    func awaitedLock(_ slot: Int) -> ClusterLock? {
        switch step {
        case .token: .token
        case .writing: .message
        case .awaiting: .ack
        case .registering: .alive(slot)
        default: nil
        }
    }
}
