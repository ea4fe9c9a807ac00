internal import MDBytes
internal import MDLocks

/// The part that takes messages: `ack` CR, wanted → `message` CR → do it → reply → `ack` NL → `message` PR, the
/// turnstile that opens when the sender is through → `ack` CR → `message` NL.
struct Receiver: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case idle, reading, applying
        /// HELLO: our range is being published once more, for the joiner to read.
        case publishing
        /// `no-new-dev` is on its way to NL or back to CR.
        case settlingVote
        case replying, lettingGo, turnstile, takingBack, leaving
    }

    var step = Step.idle
    /// `ack` is in somebody's way.
    var isWanted = false
    var incoming = ClusterMessage(.metadataUpdated)
    var answer = Answer.ok
    /// The last message handled of each slot, and what was answered.
    var lastID: [MessageID]
    var lastAnswer: [Answer]

    init(nodes: Int) {
        lastID = Array(repeating: .none, count: nodes)
        lastAnswer = Array(repeating: .ok, count: nodes)
    }
}

extension ClusterNode {
    /// Begins to take a message, when one is there and the sending part has no use for the locks.
    mutating func pumpReceiver() {
        guard receiver.isWanted, receiver.step == .idle, phase == .member || phase == .leaving,
            modes[ClusterLock.ack.rawValue] == .concurrentRead, !isBusy(.ack), !isBusy(.message),
            !sender.step.needsReceiverAtRest
        else { return }
        receiver.isWanted = false
        receiver.step = .reading
        convert(.message, .concurrentRead)
    }

    mutating func receiverGranted(_ lock: ClusterLock, _ mode: LockMode, _ value: LockValue?) {
        switch receiver.step {
        case .reading: read(value ?? LockValue(.zero, isValid: false))
        case .settlingVote: reply()
        case .replying: letGo()
        case .lettingGo:
            receiver.step = .turnstile
            enterTurnstile()
        case .turnstile:
            receiver.step = .takingBack
            convert(.ack, .concurrentRead)
        case .takingBack:
            receiver.step = .leaving
            convert(.message, .null)
        case .leaving: receiver.step = .idle
        case .idle, .applying, .publishing: confusion = lock
        }
    }

    private mutating func enterTurnstile() { convert(.message, .protectedRead) }

    /// The next sender asks for `message` already, and where the lock is kept it is not known yet that the last one has
    /// let go: our conversion would be behind one that waits for us. That passes. False where it is none of that.
    mutating func turnstileRefused(_ lock: ClusterLock) -> Bool {
        guard lock == .message, receiver.step == .turnstile else { return false }
        out.append(.arm(.turnstile, settings.turnstilePause))
        return true
    }

    mutating func turnstileExpired() {
        if receiver.step == .turnstile, !isBusy(.message) { enterTurnstile() }
    }

    private mutating func read(_ value: LockValue) {
        guard value.isValid else {
            // Its writer died before it wrote: nobody waits for an answer to this.
            out.append(.notice(.lostMessage))
            return letGo()
        }
        do throws(BlockDefect) {
            take(try ClusterMessage(reading: value.block, seal))
        } catch {
            // An empty block is no message at all, from a notice that came when everything was over.
            if error != .empty { out.append(.notice(.damagedMessage(error))) }
            letGo()
        }
    }

    private mutating func take(_ message: ClusterMessage) {
        receiver.incoming = message
        guard message.sender != slot else {
            // Our own, when a notice came late; else somebody lies about its slot.
            if message.id != sender.outgoing.id { out.append(.notice(.impostor(slot: slot))) }
            return letGo()
        }
        guard message.sender < settings.nodes else {
            out.append(.notice(.stranger(slot: message.sender)))
            receiver.answer = Answer(.nack, .corrupt)
            return reply()
        }
        guard receiver.lastID[message.sender] != message.id else {
            receiver.answer = receiver.lastAnswer[message.sender]
            return reply()
        }
        guard live[message.sender] || message.kind == .hello else {
            out.append(.notice(.stranger(slot: message.sender)))
            receiver.answer = Answer(.notReady)
            return reply()
        }
        let isOfOurVersion = message.kind != .hello || message.low == ClusterNode.protocolVersion
        guard message.kind.isKnown, isOfOurVersion else {
            out.append(.notice(.unsupported(message.kind, from: message.sender)))
            receiver.answer = Answer(.unsupported)
            return reply()
        }
        switch message.kind {
        case .resyncing, .resyncingStart: ranges[message.sender] = SectorSpan(message.low, message.high)
        case .bitmapNeedsSync: recovery.handedOver[message.sender] = true
        case .hello: welcome(message)
        default: break
        }
        receiver.step = .applying
        if message.kind.isSearch { out.append(.arm(.confirm, settings.confirmLimit)) }
        out.append(.apply(message))
    }

    /// The application is done with a message.
    mutating func applied(_ id: MessageID, _ answer: Answer) {
        guard receiver.step == .applying, receiver.incoming.id == id else {
            out.append(.notice(.spuriousAnswer(id)))
            out.append(.abandon(id))
            return
        }
        if receiver.incoming.kind.isSearch { out.append(.disarm(.confirm)) }
        conclude(answer)
    }

    /// The disk was not found in time.
    mutating func confirmExpired() {
        guard receiver.step == .applying, receiver.incoming.kind.isSearch else { return }
        out.append(.abandon(receiver.incoming.id))
        conclude(.nack(.timeout))
    }

    /// The node that asked for a disk is gone.
    mutating func giveUpOn(_ deadSlot: Int) {
        guard receiver.step == .applying, receiver.incoming.kind.isSearch, receiver.incoming.sender == deadSlot
        else { return }
        out.append(.disarm(.confirm))
        out.append(.abandon(receiver.incoming.id))
        conclude(.nack(.timeout))
    }

    private mutating func conclude(_ answer: Answer) {
        let message = receiver.incoming
        receiver.answer = answer
        if message.kind.isResync, ranges[message.sender] != SectorSpan(message.low, message.high) {
            // Its sender went meanwhile, and its slot was recovered: what the application did is over already.
            out.append(.rangeChanged(slot: message.sender, ranges[message.sender]))
        }
        // Also of a sender that went meanwhile: a late notice may show us its last message once more.
        receiver.lastID[message.sender] = message.id
        receiver.lastAnswer[message.sender] = answer
        let vote = modes[ClusterLock.noNewDevices.rawValue]
        switch message.kind {
        case .newDisk where answer.verdict == .ok && vote == .concurrentRead:
            receiver.step = .settlingVote
            convert(.noNewDevices, .null)
        case .metadataUpdated where vote == .null, .abort where vote == .null:
            // Before the answer, so that the next add sees it.
            receiver.step = .settlingVote
            convert(.noNewDevices, .concurrentRead)
        case .hello:
            receiver.step = .publishing
            record.receiverWaits = true
        default: reply()
        }
    }

    /// Our range is published again.
    mutating func receiverPublished() {
        if receiver.step == .publishing { reply() }
    }

    private mutating func reply() {
        receiver.step = .replying
        let reply = ClusterReply(
            receiver.answer, slot: slot, to: receiver.incoming.id, node: settings.node,
            incarnation: UInt32(incarnation))
        convert(.reply(slot), .protectedWrite, value: reply.block(seal))
    }

    private mutating func letGo() {
        receiver.step = .lettingGo
        convert(.ack, .null)
    }
}
