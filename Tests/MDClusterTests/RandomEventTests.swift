import MDBytes
import MDLocks
import MDSimulator
import Testing

@testable import MDCluster

/// A node among liars: a lock manager, peers and an application that tell what makes sense, and now and then anything.
private struct Liars {
    var node: ClusterNode
    var random: SeededGenerator
    /// What was asked and not answered.
    var conversions: [ClusterLock: LockMode] = [:]
    var chores: [ClusterEvent] = []
    var armed: Set<ClusterTimer> = []
    var open: Set<Int> = []
    var tickets = 0
    var isClosed = false
    var problems: [String] = []
    /// Of 1000 events: how many are lies. None: nothing new comes either.
    var lies: Int

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let nodes = Int.random(in: 1...5, using: &random)
        node = ClusterNode(ClusterSettings(array: LoneNode.array, nodes: nodes, node: 1))
        lies = [5, 20, 60].randomElement(using: &random) ?? 5
    }

    mutating func run(_ steps: Int) {
        ask(.join(nonce: random.next32()))
        for _ in 0..<steps { tell(chance(lies, of: 1000) ? lie() : truth()) }
        finish()
    }

    /// From now on all tell the truth: everything that was asked for has an end.
    private mutating func finish() {
        lies = 0
        for _ in 0..<4000 where !node.isAtRest || !open.isEmpty {
            if node.sender.step == .holding { ask(.metadataCancel) }
            tell(truth())
        }
        if !open.isEmpty { problems.append("\(open.count) requests never end, at \(node.sender.step)") }
        if node.phase != .gone, !node.isAtRest { problems.append("restless, at \(node.sender.step), \(node.receiver.step)") }
        if (node.phase == .gone) != isClosed { problems.append("\(node.phase), closed: \(isClosed)") }
    }

    private mutating func ask(_ request: ClusterRequest) {
        tickets += 1
        open.insert(tickets)
        tell(.request(ticket: tickets, request))
    }

    private mutating func tell(_ event: ClusterEvent) {
        var effects: [ClusterEffect] = []
        node.handle(event, into: &effects)
        for effect in effects { note(effect, of: event) }
    }

    private mutating func note(_ effect: ClusterEffect, of event: ClusterEvent) {
        switch effect {
        case .convert(let lock, let mode, _, let value):
            if isClosed { problems.append("a conversion after the end") }
            if conversions[lock] != nil { problems.append("two conversions of \(lock) after \(event)") }
            if value != nil, !lock.hasValue { problems.append("a value for \(lock)") }
            if lock.rawValue >= ClusterLock.count(nodes: node.settings.nodes) { problems.append("no lock \(lock)") }
            conversions[lock] = mode
        case .cancel(let lock): chores.append(.cancelled(lock))
        case .arm(let timer, _): armed.insert(timer)
        case .disarm(let timer): armed.remove(timer)
        case .apply(let message): chores.append(.applied(message.id, .ok))
        case .readMetadata: chores.append(.metadataRead(events: 4))
        case .recover(let slot, _): chores.append(.recovered(slot: slot, isGood: true))
        case .close:
            if isClosed { problems.append("closed twice") }
            isClosed = true
        case .finished(let ticket, _):
            if ticket >= 0, open.remove(ticket) == nil { problems.append("\(ticket) ends twice") }
        case .abandon, .rangeChanged, .notice: break
        }
    }

    /// Something that may well happen now.
    private mutating func truth() -> ClusterEvent {
        if !chores.isEmpty, chance(1, of: 2) {
            let chore = chores.remove(at: Int.random(in: chores.indices, using: &random))
            guard case .cancelled(let lock) = chore else { return chore }
            guard conversions.removeValue(forKey: lock) != nil else { return .quorum(true) }
            return chore
        }
        let waiting = conversions.keys.sorted { $0.rawValue < $1.rawValue }
        if let lock = waiting.randomElement(using: &random), let mode = conversions.removeValue(forKey: lock) {
            return .granted(lock, mode, value(for: lock))
        }
        if let timer = armed.sorted(by: { $0.rawValue < $1.rawValue }).randomElement(using: &random), chance(1, of: 4) {
            armed.remove(timer)
            return .expired(timer)
        }
        return lies > 0 && chance(1, of: 3) ? .wanted(.ack) : .quorum(true)
    }

    /// Anything.
    private mutating func lie() -> ClusterEvent {
        switch Int.random(in: 0..<24, using: &random) {
        case 0..<9: return wish()
        case 9:
            let (lock, mode) = (anyLock(), LockMode.allCases.randomElement(using: &random) ?? .null)
            if conversions[lock] == mode { conversions[lock] = nil }
            return .granted(lock, mode, value(for: .token))
        case 10: return .failed(anyLock(), .refused(code: 22))
        case 11: return .cancelled(anyLock())
        case 12, 13: return .wanted(anyLock())
        case 14, 15: return .expired(ClusterTimer.allCases.randomElement(using: &random) ?? .request)
        case 16: return .applied(MessageID(rawValue: random.next32()), .nack(.busy))
        case 17: return .metadataRead(events: chance(1, of: 2) ? nil : 7)
        case 18: return .recovered(slot: Int.random(in: -2...70, using: &random), isGood: chance(1, of: 2))
        case 19: return .quorum(chance(1, of: 2))
        default: return refusal()
        }
    }

    /// What was asked for is not to be had.
    private mutating func refusal() -> ClusterEvent {
        let waiting = conversions.keys.sorted { $0.rawValue < $1.rawValue }
        guard let lock = waiting.randomElement(using: &random) else { return .quorum(true) }
        conversions[lock] = nil
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return .cancelled(lock)
        case 1: return .failed(lock, .wouldWait)
        default: return .failed(lock, .deadlock)
        }
    }

    private mutating func wish() -> ClusterEvent {
        tickets += 1
        open.insert(tickets)
        let span = SectorSpan(random.next() % 3 * 100, random.next() % 3 * 100)
        let wishes: [ClusterRequest] = [
            .join(nonce: 7), .leave(isDirty: true), .leave(isDirty: false), .metadataStart, .metadataStart,
            .metadataFinish(events: .max, device: 9), .metadataCancel, .addStart(uuid: .zero, number: .max),
            .look(identity: .zero, mebibytes: .max), .resyncStart(span), .resyncMove(span), .resyncFinish,
            .remove(number: 3), .reAdd(number: 3), .changeCapacity(sectors: .max), .bitmapResize(sectors: 0),
        ]
        return .request(ticket: tickets, wishes.randomElement(using: &random) ?? .resyncFinish)
    }

    private mutating func anyLock() -> ClusterLock {
        ClusterLock(rawValue: Int.random(in: -3...40, using: &random))
    }

    /// Sealed records of every kind with anything in them, or rubbish.
    private mutating func value(for lock: ClusterLock) -> LockValue? {
        guard lock.hasValue, lies == 0 || chance(9, of: 10) else { return nil }
        if lies == 0, lock == .message { return LockValue(.zero) }
        var message = ClusterMessage(
            MessageKind(rawValue: [0, 1, 2, 3, 5, 6, 8, 0x7d, 0x7e, 0x7f, 0x55].randomElement(using: &random) ?? 0),
            low: [0, 1, 50, .max].randomElement(using: &random) ?? 0, high: random.next() % 4, argument: random.next32())
        message.sender = Int.random(in: 0..<7, using: &random)
        message.id = MessageID(rawValue: random.next32() | 1)
        let slot = Int.random(in: 0..<256, using: &random)
        let seal = LoneNode.seal
        var block: ValueBlock
        switch lock.family {
        case .message: block = message.block(seal)
        case .token: block = IntentRecord(message).block(seal)
        case .bitmap: block = SlotRecord(slot: slot, isClean: chance(1, of: 2), incarnation: 1, range: .whole).block(seal)
        case .alive: block = FarewellRecord(slot: slot, incarnation: 1, isDirty: chance(1, of: 2)).block(seal)
        default:
            let id = chance(3, of: 4) ? node.sender.outgoing.id : message.id
            block = ClusterReply(.ok, slot: max(0, node.sender.cursor), to: id, node: 5, incarnation: 1).block(seal)
        }
        if chance(1, of: 12) { block = ValueBlock((0..<32).map { _ in UInt8.random(in: 0 ... .max, using: &random) }) }
        return LockValue(block, isValid: !chance(1, of: 12))
    }

    private mutating func chance(_ share: Int, of whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &random) < share
    }
}

extension SeededGenerator {
    fileprivate mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}

@Suite struct RandomEventTests {
    /// Any event in any state: no trap, one operation at a time for each lock, one end for each request, and either a
    /// membership at rest or a clean farewell.
    @Test func nothingThatIsToldStopsTheProcess() {
        let first = UInt64.random(in: .min ... .max)
        var members = 0
        var gone = 0
        // The first two once found something.
        for seed in [11_683_871_250_450_845_600, 11_683_871_250_450_836_064] + (0..<800).map({ first &+ $0 }) {
            var liars = Liars(seed: seed)
            liars.run(250)
            #expect(liars.problems.isEmpty, "seed \(seed)")
            members += liars.node.phase == .member ? 1 : 0
            gone += liars.node.phase == .gone ? 1 : 0
        }
        #expect(members > 100 && gone > 100, "both ends are seen: \(members) members, \(gone) gone")
    }
}
