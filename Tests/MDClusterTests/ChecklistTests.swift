import MDBytes
import MDLocks
import MDSimulator
import Testing

@testable import MDCluster

/// Items of cluster-facts.md, section 8, that one node shows; README.md here has the whole list.
@Suite struct ChecklistTests {
    /// [A18] An old peer gives an add up and tells nobody: its next words settle the candidate and the vote, before they
    /// are answered, and a new add is possible.
    @Test func anAddThatIsNeverTakenBackIsSettledByTheNextUpdate() {
        var node = LoneNode()
        let disk = ClusterMessage(newDisk: UUID(low: 1, high: 2), number: 2)
        node.hear(disk, id: 40)
        #expect(node.node.mode(of: .noNewDevices) == .null)
        node.hear(ClusterMessage(.metadataUpdated, low: 5), id: 41)
        #expect(node.applied.map(\.kind) == [.metadataUpdated] && node.hasAcked)
        let places = [ClusterLock.noNewDevices, .ack].map { lock in
            node.log.firstIndex { if case .convert(lock, _, _, _) = $0 { true } else { false } } ?? .max
        }
        #expect(places[0] < places[1] && node.node.mode(of: .noNewDevices) == .concurrentRead)
        node.hear(disk, id: 42)
        #expect(node.verdict == .ok && node.node.mode(of: .noNewDevices) == .null)
    }

    /// [A18] The same where the add's initiator dies: our own repair settles it.
    @Test func theInitiatorsDeathSettlesTheCandidate() {
        var node = LoneNode()
        node.hear(ClusterMessage(newDisk: UUID(low: 1, high: 2), number: 2), id: 40)
        node.log = []
        node.peers = []
        node.token = LockValue(.zero, isValid: false)
        node.send(.granted(.alive(1), .protectedRead, LockValue(.zero, isValid: false)))
        #expect(node.log.contains(.readMetadata(isRepair: true)) && node.notices.contains(.died(slot: 1)))
        #expect(node.node.mode(of: .noNewDevices) == .concurrentRead && node.node.isAtRest)
    }

    /// [A22] The same events make the same messages: no time and no chance is in them but the nonce of the join.
    @Test func theSameEventsMakeTheSameBytes() {
        let messages = [0, 1].map { _ in
            var node = LoneNode()
            node.sent = []
            node.send(.request(ticket: 1, .addStart(uuid: UUID(low: 1, high: 2), number: 2)))
            node.send(.request(ticket: 2, .metadataFinish(events: 2, device: 2)))
            return node.sent.map { $0.block(LoneNode.seal) }
        }
        #expect(messages[0] == messages[1] && messages[0].count == 2)
    }

    /// [B4] What was left dirty is recovered even where its range has no sector; a clean record is left alone.
    @Test(arguments: [false, true])
    func anEmptyRangeIsNoCleanBitmap(_ isClean: Bool) {
        var node = LoneNode(joins: false)
        node.waiting = [.bitmap(2)]
        node.send(.request(ticket: 0, .join(nonce: 1)))
        node.waiting = []
        node.log = []
        let record = SlotRecord(slot: 2, isClean: isClean, incarnation: 9, range: .none)
        node.send(.granted(.bitmap(2), .protectedWrite, LockValue(record.block(LoneNode.seal))))
        #expect(node.log.contains(.recover(slot: 2, hint: .none)) == !isClean)
        #expect(node.node.mode(of: .bitmap(2)) == .null)
    }

    /// [M12] Names have 1 to 64 bytes, and all of ours, for every slot, are shorter and different.
    @Test func namesFit() {
        #expect(ResourceName([UInt8](repeating: 120, count: 64)) != nil)
        #expect(ResourceName([UInt8](repeating: 120, count: 65)) == nil && ResourceName([]) == nil)
        let names = (0..<ClusterLock.count(nodes: 64)).map { ClusterLock(rawValue: $0).name }
        #expect(Set(names).count == 5 + 3 * 64 && names.allSatisfy { $0.bytes.count <= 64 })
    }

    /// [M14] Where everybody was gone, no value block is left: every slot counts as dirty, the own one before the first
    /// message.
    @Test func forgottenBlocksMeanDirty() {
        var node = LoneNode(peers: [], joins: false)
        node.send(.request(ticket: 0, .join(nonce: 1)))
        let recovered = node.log.compactMap { if case .recover(let slot, _) = $0 { slot } else { nil } }
        #expect(recovered == [0, 1, 2, 3])
        let own = node.log.firstIndex(of: .recover(slot: 0, hint: .none)) ?? .max
        let hello = node.log.firstIndex { if case .convert(.message, _, _, _) = $0 { true } else { false } } ?? -1
        #expect(own < hello)
    }

    /// [M15] Who leaves in good order converts to NL, with the last block, whatever others read after that; nothing
    /// is unlocked from above, and `reply`, which nobody asks any more, loses its validity.
    @Test func aFarewellConvertsBeforeItCloses() {
        var node = LoneNode(peers: [])
        node.send(.request(ticket: 1, .resyncStart(SectorSpan(1, 2))))
        node.send(.request(ticket: 2, .leave(isDirty: true)))
        #expect(node.outcome(of: 2) == .success && node.log.last == .close)
        let high = (0..<ClusterLock.count(nodes: 4)).map { ClusterLock(rawValue: $0) }
            .filter { $0.hasValue && node.node.mode(of: $0) != .null }
        #expect(high == [.reply(0)])
        for lock in [ClusterLock.bitmap(0), .alive(0), .token] {
            let last = node.log.last { if case .convert(lock, _, _, _) = $0 { true } else { false } }
            guard case .convert(_, .null, _, let value?) = last else {
                Issue.record("\(lock) is not let go of with a block")
                continue
            }
            #expect(value != .zero)
        }
    }

    /// [M16] [M17] What fits nothing that was asked, a lock of nobody's, one that nothing is under way for, a mode that
    /// nobody wanted, a call-off that nobody wished: the node goes, once, and says why.
    @Test(arguments: [
        .granted(ClusterLock(rawValue: 900), .null, nil), .granted(ClusterLock(rawValue: -1), .null, nil),
        .granted(.ack, .exclusive, nil), .cancelled(.message), .cancelled(.token), .granted(.token, .null, nil),
    ] as [ClusterEvent])
    func whatNobodyAskedForEndsTheMembership(_ event: ClusterEvent) {
        var node = LoneNode()
        node.waiting = [.token]
        node.send(.request(ticket: 1, .metadataStart))
        node.send(.request(ticket: 2, .resyncStart(SectorSpan(1, 2))))
        node.log = []
        node.send(event)
        guard case .failure(.unexpectedEvent(let lock)) = node.outcome(of: 1) else {
            Issue.record("not noticed")
            return
        }
        #expect(node.outcome(of: 2) == .failure(.unexpectedEvent(lock)))
        #expect(node.notices == [.brokeDown(.unexpectedEvent(lock))] && node.node.phase == .gone)
        #expect(node.log.filter { $0 == .close }.count == 1)
        node.log = []
        node.send(event)
        #expect(node.log.isEmpty)
    }
}
