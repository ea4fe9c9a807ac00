import MDBytes
import MDLocks

@testable import MDCluster

/// One node, whose lock manager and peers are played by hand: everything is granted at once, unless it is said
/// otherwise; peers are alive and say yes.
struct LoneNode {
    var node: ClusterNode
    var peers: Set<Int>
    var log: [ClusterEffect] = []
    var published: ClusterMessage?
    /// What stands on the token, and what `message` has for a reader.
    var token = LockValue(.zero)
    var incoming = LockValue(.zero)
    /// Conversions that fail, or that are left waiting.
    var failing: (lock: ClusterLock, mode: LockMode, refusal: LockRefusal)?
    var waiting: Set<ClusterLock> = []
    /// What peers reply instead of yes, from the id they are asked under.
    var forgedReply: ((MessageID) -> LockValue)?
    var sent: [ClusterMessage] = []
    /// Whether the application, and who is asked to call something off, answer by themselves.
    var answersMessages = true
    var answersCancels = true

    static let seal = ClusterSeal(array: array)
    static let array = UUID(low: 11, high: 12)

    /// A member in the first free slot.
    init(peers: Set<Int> = [1], joins: Bool = true) {
        node = ClusterNode(ClusterSettings(array: Self.array, nodes: 4, node: 1))
        self.peers = peers
        if joins { send(.request(ticket: 0, .join(nonce: 0x0500_0000))) }
    }

    mutating func send(_ event: ClusterEvent) {
        var events = [event]
        while !events.isEmpty {
            var effects: [ClusterEffect] = []
            node.handle(events.removeFirst(), into: &effects)
            log += effects
            for effect in effects { events += answers(to: effect) }
        }
    }

    /// A peer publishes something.
    mutating func hear(_ block: ValueBlock, isValid: Bool = true) {
        incoming = LockValue(block, isValid: isValid)
        log = []
        send(.wanted(.ack))
    }

    mutating func hear(_ message: ClusterMessage, from slot: Int = 1, id: UInt32 = 0x0900_0001) {
        var message = message
        message.sender = slot
        message.id = MessageID(rawValue: id)
        hear(message.block(Self.seal))
    }

    private mutating func answers(to effect: ClusterEffect) -> [ClusterEvent] {
        switch effect {
        case .convert(let lock, let mode, let isRefusable, let value):
            if let failing, failing.lock == lock, failing.mode == mode { return [.failed(lock, failing.refusal)] }
            if waiting.contains(lock), mode >= .protectedWrite { return [] }
            if case .alive(let slot) = lock.family, peers.contains(slot), mode == .protectedRead {
                return isRefusable ? [.failed(lock, .wouldWait)] : []
            }
            if lock == .message, let value, let message = try? ClusterMessage(reading: value, Self.seal) {
                published = message
                sent.append(message)
            }
            if lock == .token, let value { token = LockValue(value) }
            return [.granted(lock, mode, self.value(of: lock, mode) ?? value.map { LockValue($0) })]
        case .cancel where !answersCancels: return []
        case .cancel(let lock): return waiting.contains(lock) || isWatch(lock) ? [.cancelled(lock)] : []
        case .readMetadata: return [.metadataRead(events: 1)]
        case .recover(let slot, _): return [.recovered(slot: slot, isGood: true)]
        case .apply(let message): return answersMessages ? [.applied(message.id, .ok)] : []
        default: return []
        }
    }

    private func isWatch(_ lock: ClusterLock) -> Bool {
        if case .alive(let slot) = lock.family { peers.contains(slot) } else { false }
    }

    private func value(of lock: ClusterLock, _ mode: LockMode) -> LockValue? {
        if lock == .token, mode == .exclusive { return token }
        if lock == .message, mode == .concurrentRead { return incoming }
        guard case .reply(let slot) = lock.family, peers.contains(slot), mode == .concurrentRead else { return nil }
        if let forgedReply { return forgedReply(published?.id ?? .none) }
        let reply = ClusterReply(.ok, slot: slot, to: published?.id ?? .none, node: 2, incarnation: 1)
        return LockValue(reply.block(Self.seal))
    }

    // MARK: What was seen

    var hasClosed: Bool { log.contains(.close) }
    var notices: [ClusterNotice] { log.compactMap { if case .notice(let notice) = $0 { notice } else { nil } } }
    var applied: [ClusterMessage] { log.compactMap { if case .apply(let message) = $0 { message } else { nil } } }

    /// `ack` was let go of and taken back.
    var hasAcked: Bool {
        let modes = log.compactMap { effect -> LockMode? in
            if case .convert(.ack, let mode, _, _) = effect { mode } else { nil }
        }
        return modes == [.null, .concurrentRead]
    }

    /// The verdict that was written, if any.
    var verdict: ReplyVerdict? {
        log.lazy.compactMap { effect -> ReplyVerdict? in
            guard case .convert(let lock, _, _, let value?) = effect, lock == .reply(node.slot) else { return nil }
            return (try? ClusterReply(reading: value, Self.seal))?.answer.verdict
        }.first
    }

    func outcome(of ticket: Int) -> ClusterOutcome? {
        log.lazy.compactMap { effect -> ClusterOutcome? in
            if case .finished(ticket, let outcome) = effect { outcome } else { nil }
        }.first
    }
}
