internal import MDBytes
internal import MDLocks

/// How often a message is sent before a member that does not answer it counts as silent.
private let attemptLimit = 3

extension ClusterNode {
    /// The message with our name and a new number.
    mutating func numbered(_ message: ClusterMessage) -> ClusterMessage {
        counter = counter >= 0xff_ffff ? 1 : counter + 1
        var message = message
        message.sender = slot
        message.id = MessageID(incarnation: incarnation, counter: counter)
        return message
    }

    /// Sends to everybody and collects the replies; `sent` goes on from there. The token must be held.
    mutating func send(_ message: ClusterMessage, for purpose: Sender.Purpose) {
        sender.outgoing = message.id == .none ? numbered(message) : message
        sender.purpose = purpose
        sender.attempts = 0
        settle(.write)
    }

    /// Waits until the receiving part is through.
    mutating func settle(_ next: Sender.Settled) {
        sender.settled = next
        sender.step = .settling
    }

    mutating func pumpSettling() {
        guard sender.step == .settling else { return }
        guard phase == .joining || receiver.step == .idle && !receiver.isWanted else { return }
        switch sender.settled {
        case .inspect:
            sender.step = .inspecting
            out.append(.readMetadata(isRepair: true))
        case .write: write()
        case .farewell: sayFarewell()
        }
    }

    private mutating func write() {
        if sender.attempts > 0 { sender.outgoing.flags.insert(.again) }
        sender.attempts += 1
        sender.asked = live
        sender.isWithdrawn = false
        for index in sender.answers.indices { sender.answers[index] = nil }
        sender.step = .writing
        out.append(.arm(.request, settings.answerLimit))
        convert(.message, .exclusive)
    }

    mutating func senderGranted(_ lock: ClusterLock, _ mode: LockMode, _ value: LockValue?) {
        switch sender.step {
        case .token: tokenGranted(value)
        case .marking: marked()
        case .writing:
            sender.cancelling = nil
            sender.step = .publishing
            convert(.message, .concurrentWrite, value: sender.outgoing.block(seal))
        case .publishing:
            sender.step = .awaiting
            out.append(.arm(.request, settings.answerLimit))
            convert(.ack, .exclusive)
        case .awaiting:
            sender.cancelling = nil
            out.append(.disarm(.request))
            sender.step = .takingBack
            convert(.ack, .concurrentRead)
        case .takingBack:
            sender.step = .withdrawing
            convert(.message, .null)
        case .withdrawing:
            sender.cursor = -1
            readNextReply()
        case .readingReply:
            note(value)
            sender.step = .closingReply
            convert(lock, .null)
        case .closingReply: readNextReply()
        case .voting:
            sender.step = .unvoting
            convert(.noNewDevices, .concurrentRead)
        case .unvoting: accepted()
        case .restoring: restored()
        case .releasing: released()
        case .endingResync: resyncEnded()
        default: joinGranted(lock, mode, value)
        }
    }

    /// A conversion that was not to wait met somebody. False where nobody expects that.
    mutating func senderRefused(_ lock: ClusterLock) -> Bool {
        switch (sender.step, lock.family) {
        case (.voting, .noNewDevices):
            sender.refusals += 1
            guard sender.refusals >= settings.voteTries else {
                // Everybody said yes: somebody's release is still on its way to where the lock is kept.
                sender.step = .votingAgain
                out.append(.arm(.vote, settings.votePause))
                return true
            }
            // Somebody holds on: it never saw the message.
            abort(.none, .failure(.refused(Refusal(slot: nil, node: 0, answer: .nack(.none)))))
        case (.surveying, .alive(let peer)):
            live[peer] = true
            surveyNext()
        case (.electing, .bitmap): electNext()
        default: return false
        }
        return true
    }

    // MARK: Replies

    private mutating func readNextReply() {
        let rest = sender.asked.intersection(live)
        for peer in rest where peer > sender.cursor {
            sender.cursor = peer
            sender.step = .readingReply
            return convert(.reply(peer), .concurrentRead)
        }
        sender.cursor = -1
        checkNext()
    }

    private mutating func note(_ value: LockValue?) {
        guard let value, value.isValid else { return }
        do throws(BlockDefect) {
            let reply = try ClusterReply(reading: value.block, seal)
            guard reply.id == sender.outgoing.id, reply.slot == sender.cursor else { return }
            sender.answers[sender.cursor] = reply
            names[sender.cursor] = reply.node
        } catch {
            // No answer, then: asked again below.
        }
    }

    /// A member without an answer: is it there at all? Calling off the watch tells.
    private mutating func checkNext() {
        let unanswered = unanswered()
        if !sender.isWithdrawn {
            for peer in unanswered where peer > sender.cursor && isBusy(.alive(peer)) {
                sender.cursor = peer
                sender.step = .checking
                callOff(.alive(peer))
                return
            }
            if !unanswered.isEmpty, sender.attempts < attemptLimit { return settle(.write) }
        }
        sent(judge(unanswered))
    }

    /// The watch of a member told, or was called off.
    mutating func probed(_ peer: Int) {
        if sender.step == .checking, sender.cursor == peer { checkNext() }
    }

    private func unanswered() -> SlotSet {
        var rest = sender.asked.intersection(live)
        for peer in rest where sender.answers[peer] != nil { rest[peer] = false }
        return rest
    }

    /// The first thing that is wrong with the answers.
    private func judge(_ unanswered: SlotSet) -> ClusterFault? {
        for peer in sender.asked.intersection(live) {
            if let reply = sender.answers[peer], reply.answer.verdict != .ok {
                return .refused(Refusal(slot: peer, node: reply.node, answer: reply.answer))
            }
        }
        if !unanswered.isEmpty { return .silent(unanswered) }
        return sender.isWithdrawn ? .silent(sender.asked.intersection(live)) : nil
    }

    // MARK: What comes then

    /// A message is through, or failed.
    mutating func sent(_ fault: ClusterFault?) {
        out.append(.disarm(.request))
        switch sender.purpose {
        case .announce:
            if let fault { return abort(reason(fault), .failure(fault)) }
            sender.refusals = 0
            vote()
        case .abort:
            sender.isDirty = fault != nil
            release(sender.outcome)
        case .close:
            // A member that could not follow was told all the same; one that was not told must be.
            sender.isDirty = fault.map(\.isUndelivered) ?? false
            release(fault.map { .failure($0) } ?? .success)
        case .plain: plainSent(fault)
        case .look: looked(fault)
        case .repair: repaired(fault)
        case .hello: greeted(fault)
        case .handOver: settle(.farewell)
        }
    }

    private mutating func vote() {
        sender.step = .voting
        convert(.noNewDevices, .exclusive, isRefusable: true)
    }

    mutating func voteExpired() {
        if sender.step == .votingAgain { vote() }
    }

    private func reason(_ fault: ClusterFault) -> ReplyReason {
        if case .refused(let refusal) = fault { refusal.answer.reason } else { .timeout }
    }

    private mutating func plainSent(_ fault: ClusterFault?) {
        let outcome = fault.map { ClusterOutcome.failure($0) } ?? .success
        guard sender.transaction == .none else { return end(outcome) }
        if sender.outgoing.kind.isResync {
            // Not by all of them, after a fault: then the end must be told in any case.
            resync.told = fault == nil ? resync.announced : .whole
        } else {
            sender.isDirty = fault.map(\.isUndelivered) ?? false
        }
        end(outcome)
    }

    /// The job is done, but not the transaction around it.
    private mutating func end(_ outcome: ClusterOutcome) {
        guard sender.transaction != .none, let job = sender.job else { return release(outcome) }
        sender.job = nil
        sender.step = .holding
        finish(job, outcome)
    }

    /// A no and silence are answers here; nothing was changed, so that nothing is left to repair.
    private mutating func looked(_ fault: ClusterFault?) {
        if case .lockTimeout? = fault, let fault { return end(.failure(fault)) }
        end(.answers(sender.asked.intersection(live).map { peer in
            MemberReply(slot: peer, node: names[peer], answer: sender.answers[peer]?.answer)
        }))
    }

    /// Every member said yes and none holds `no-new-dev`: the application may write superblocks.
    private mutating func accepted() {
        guard let job = sender.job else { return }
        sender.addID = sender.outgoing.id
        sender.transaction = .add
        sender.job = nil
        sender.step = .holding
        finish(job, .success)
    }

    /// Takes an add back, in everybody's presence; then the job ends with `outcome`.
    mutating func abort(_ reason: ReplyReason, _ outcome: ClusterOutcome) {
        sender.outcome = outcome
        let id = sender.transaction == .add ? sender.addID : sender.outgoing.id
        send(ClusterMessage(.abort, low: UInt64(id.rawValue), argument: UInt32(reason.rawValue)), for: .abort)
    }

    // MARK: Repair

    /// The superblocks were read: for a repair, or by a joiner.
    mutating func metadataRead(_ events: UInt64?) {
        if sender.step == .loading { return loaded(events) }
        guard sender.step == .inspecting else { return }
        guard let events else { return repaired(.metadataUnreadable) }
        let id = UInt64(sender.hint?.id.rawValue ?? 0)
        sender.outgoing = ClusterMessage(.metadataUpdated, low: events, high: id)
        sender.outgoing.flags.insert(.repair)
        guard modes[ClusterLock.noNewDevices.rawValue] == .null else { return restored() }
        sender.step = .restoring
        convert(.noNewDevices, .concurrentRead)
    }

    private mutating func restored() { send(sender.outgoing, for: .repair) }

    private mutating func repaired(_ fault: ClusterFault?) {
        guard let job = sender.job else { return }
        if let fault, fault.isUndelivered || fault == .metadataUnreadable {
            if case .leave(let isDirty) = job.request {
                // Somebody is silent: the farewell itself must do.
                sender.ownIsDirty = isDirty
                return settle(.farewell)
            }
            return release(.failure(fault))
        }
        sender.isDirty = false
        run(job)
    }
}

extension ClusterFault {
    /// Whether somebody may not have heard.
    var isUndelivered: Bool {
        switch self {
        case .silent, .lockTimeout: true
        default: false
        }
    }
}
