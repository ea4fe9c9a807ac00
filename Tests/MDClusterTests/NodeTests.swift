import MDBytes
import MDLocks
import Testing

@testable import MDCluster

/// One node against a lock manager and peers that misbehave. Names in brackets are those of the checklist in
/// cluster-facts.md, section 8.
@Suite struct NodeTests {
    @Test func joinsTheFirstFreeSlot() {
        #expect(LoneNode(peers: []).node.slot == 0)
        let second = LoneNode(peers: [0, 2])
        #expect(second.node.slot == 1 && second.node.live == SlotSet(bits: 5) && second.node.phase == .member)
        #expect(LoneNode(peers: [0, 1, 2, 3]).outcome(of: 0) == .failure(.noFreeSlot))
    }

    /// [R8] [M10] Whatever stands on `message`: `ack` is let go of and taken back, nothing is done, the log has it.
    @Test func badMessagesAreAcked() {
        var node = LoneNode()
        var good = ClusterMessage(.newDisk, argument: 2)
        good.sender = 1
        good.id = MessageID(rawValue: 77)
        var damaged = good.block(LoneNode.seal)
        damaged[9] ^= 1
        let foreign = good.block(ClusterSeal(array: .zero))
        var other = good.block(LoneNode.seal)
        other[0] = 0xd1
        for block in [damaged, foreign, other, .zero] {
            node.hear(block)
            #expect(node.hasAcked && node.applied.isEmpty && node.verdict == nil)
            #expect((block == .zero) == node.notices.isEmpty)
        }
        node.hear(ClusterMessage(MessageKind(rawValue: 0x55)))
        #expect(node.hasAcked && node.verdict == .unsupported && node.applied.isEmpty)
        node.hear(ClusterMessage(.hello, low: 99, high: 4), from: 2, id: 5)
        #expect(node.hasAcked && node.verdict == .unsupported && !node.node.live[2])
        node.hear(good, from: 0, id: 6)
        #expect(node.hasAcked && node.notices == [.impostor(slot: 0)] && node.applied.isEmpty)
        node.hear(good, from: 9, id: 7)
        #expect(node.hasAcked && node.verdict == .nack && node.notices == [.stranger(slot: 9)])
        node.hear(good, from: 3, id: 8)
        #expect(node.hasAcked && node.verdict == .notReady && node.notices == [.stranger(slot: 3)])
        node.hear(good)
        #expect(node.hasAcked && node.verdict == .ok && node.applied.count == 1)
    }

    /// [S3] The writer died before it wrote: no effect, whatever the bytes say.
    @Test func invalidBlocksDecideNothing() {
        var node = LoneNode()
        var message = ClusterMessage(.remove, argument: 1)
        message.sender = 1
        message.id = MessageID(rawValue: 9)
        node.hear(message.block(LoneNode.seal), isValid: false)
        #expect(node.hasAcked && node.applied.isEmpty && node.notices == [.lostMessage])
    }

    /// [R7] A notice too many, one in the middle, one before the join is complete; a message that comes twice.
    @Test func noticesTooMany() {
        var node = LoneNode(joins: false)
        node.send(.wanted(.ack))
        node.send(.request(ticket: 0, .join(nonce: 1)))
        #expect(node.node.phase == .member)
        node.hear(ClusterMessage(.remove, argument: 1))
        #expect(node.applied.count == 1)
        node.hear(ClusterMessage(.remove, argument: 1))
        #expect(node.hasAcked && node.applied.isEmpty && node.verdict == .ok)
        node.answersMessages = false
        node.hear(ClusterMessage(.remove, argument: 1), id: 12)
        node.send(.wanted(.ack))
        #expect(node.applied.count == 1)
        node.send(.applied(MessageID(rawValue: 12), .ok))
        #expect(node.node.isAtRest)
    }

    /// [R6] A lock call fails on the way of a message: the node goes, so that nobody waits for it.
    @Test func failuresOnTheReceivingSideEndTheMembership() {
        let steps: [(ClusterLock, LockMode)] = [
            (.message, .concurrentRead), (.noNewDevices, .null), (.reply(0), .protectedWrite), (.ack, .null),
            (.message, .protectedRead), (.ack, .concurrentRead), (.message, .null),
        ]
        for (lock, mode) in steps {
            for code: Int32 in [16, 22] {
                var node = LoneNode()
                node.failing = (lock, mode, .refused(code: code))
                node.hear(ClusterMessage(newDisk: UUID(low: 1, high: 2), number: 2))
                #expect(node.hasClosed && node.node.phase == .gone, "\(lock) to \(mode)")
            }
        }
    }

    /// [T3] EDEADLK for `ack` EX cannot be while there is one sender: the node goes, and says why.
    @Test func deadlocksEndTheMembership() {
        var node = LoneNode()
        node.failing = (.ack, .exclusive, .deadlock)
        node.send(.request(ticket: 1, .remove(number: 1)))
        #expect(node.outcome(of: 1) == .failure(.lockFailed(.ack, code: 35)) && node.hasClosed)
    }

    /// A deadlock at the turnstile passes: the next sender asked before the last one's release had arrived.
    @Test func aDeadlockAtTheTurnstilePasses() {
        var node = LoneNode()
        node.failing = (.message, .protectedRead, .deadlock)
        node.hear(ClusterMessage(.remove, argument: 1))
        #expect(!node.hasClosed && !node.hasAcked)
        node.send(.expired(.turnstile))
        #expect(!node.hasClosed && !node.hasAcked)
        node.failing = nil
        node.send(.expired(.turnstile))
        #expect(node.hasAcked && node.node.isAtRest)
        node.log = []
        node.send(.expired(.turnstile))
        #expect(node.log.isEmpty)
    }

    /// [T2] The token's grant and the cancel of the wait for it, both ways.
    @Test func cancelAndGrantRace() {
        var node = LoneNode()
        node.waiting = [.token]
        node.send(.request(ticket: 1, .metadataStart))
        node.send(.expired(.request))
        #expect(node.outcome(of: 1) == .failure(.tokenTimeout))

        var late = LoneNode()
        late.failing = nil
        late.waiting = [.token]
        late.send(.request(ticket: 1, .metadataStart))
        var effects: [ClusterEffect] = []
        late.node.handle(.expired(.request), into: &effects)
        #expect(effects == [.arm(.request, .seconds(30)), .cancel(.token)])
        late.waiting = []
        late.send(.granted(.token, .exclusive, LockValue(.zero)))
        #expect(late.outcome(of: 1) == .success)
    }

    /// [M2] Without quorum a request neither fails nor is forgotten: it waits, by name, and goes on.
    @Test func withoutQuorumRequestsWait() {
        var node = LoneNode()
        node.waiting = [.token]
        node.send(.request(ticket: 1, .remove(number: 1)))
        node.send(.quorum(false))
        node.log = []
        node.send(.expired(.request))
        #expect(node.notices == [.waitingForQuorum(ticket: 1)] && node.outcome(of: 1) == nil)
        node.log = []
        node.send(.quorum(true))
        #expect(node.log == [.arm(.request, node.node.settings.tokenLimit)])
        node.waiting = []
        node.send(.granted(.token, .exclusive, LockValue(.zero)))
        #expect(node.outcome(of: 1) == .success)
    }

    /// [A10] An answer for the round before: undone, and the round goes on.
    @Test func answersOfAnotherRoundAreSpurious() {
        var node = LoneNode()
        node.answersMessages = false
        node.hear(ClusterMessage(newDisk: UUID(low: 1, high: 2), number: 2), id: 40)
        node.send(.applied(MessageID(rawValue: 39), .ok))
        #expect(node.notices == [.spuriousAnswer(MessageID(rawValue: 39))])
        #expect(node.log.contains(.abandon(MessageID(rawValue: 39))) && !node.hasAcked)
        node.send(.applied(MessageID(rawValue: 40), .nack(.notFound)))
        #expect(node.hasAcked && node.verdict == .nack)
    }

    /// [A13] Every reply says yes, yet somebody holds `no-new-dev`: it never saw the message. The add is off.
    @Test func theVoteIsTheSafetyNet() {
        var node = LoneNode()
        node.failing = (.noNewDevices, .exclusive, .wouldWait)
        node.send(.request(ticket: 1, .addStart(uuid: UUID(low: 1, high: 2), number: 2)))
        for _ in 1..<node.node.settings.voteTries {
            #expect(node.outcome(of: 1) == nil && node.published?.kind == .newDisk)
            node.send(.expired(.vote))
        }
        guard case .failure(.refused(let refusal)) = node.outcome(of: 1) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.slot == nil && node.published?.kind == .abort)
    }

    /// A yes whose release comes late: tried again, and good. Not after the node has left, and not without a wish.
    @Test func theVoteIsTriedAgain() {
        var node = LoneNode()
        node.failing = (.noNewDevices, .exclusive, .wouldWait)
        node.send(.request(ticket: 1, .addStart(uuid: UUID(low: 1, high: 2), number: 2)))
        var broken = node
        node.failing = nil
        node.send(.expired(.vote))
        #expect(node.outcome(of: 1) == .success && node.published?.kind == .newDisk)
        node.log = []
        node.send(.expired(.vote))
        #expect(node.log.isEmpty)
        broken.send(.failed(.token, .refused(code: 5)))
        broken.log = []
        broken.send(.expired(.vote))
        #expect(broken.log.isEmpty && broken.node.phase == .gone)
    }

    /// A reply that is damaged, of another array, message or slot, or not valid, is none: the message goes out again
    /// under its id, three times in all; then the member that is there and does not answer is named.
    @Test func forgedRepliesAreNone() {
        func reply(_ slot: Int, _ id: MessageID, _ seal: ClusterSeal = LoneNode.seal) -> ValueBlock {
            ClusterReply(.ok, slot: slot, to: id, node: 2, incarnation: 1).block(seal)
        }
        let forgeries: [(MessageID) -> LockValue] = [
            { _ in LockValue(.zero) },
            { LockValue(reply(2, $0)) },
            { LockValue(reply(1, MessageID(rawValue: $0.rawValue ^ 1))) },
            { LockValue(reply(1, $0, ClusterSeal(array: .zero))) },
            { LockValue(reply(1, $0), isValid: false) },
            { id in
                var block = reply(1, id)
                block[1] ^= 2
                return LockValue(block)
            },
        ]
        for forgery in forgeries {
            var node = LoneNode()
            node.sent = []
            node.forgedReply = forgery
            node.send(.request(ticket: 1, .remove(number: 1)))
            #expect(node.outcome(of: 1) == .failure(.silent(SlotSet(bits: 2))))
            #expect(node.sent.count == 3 && Set(node.sent.map(\.id)).count == 1)
            #expect(node.sent.map { $0.flags.contains(.again) } == [false, true, true])
            // What may be half known is told again, when everybody answers.
            node.forgedReply = nil
            node.send(.expired(.retry))
            #expect(node.sent.last?.kind == .metadataUpdated && node.sent.last?.flags.contains(.repair) == true)
            #expect(node.node.isAtRest)
        }
    }

    /// [A17] `no-new-dev` is back at CR before ABORT is answered.
    @Test func theVoteComesBackBeforeTheAnswer() {
        var node = LoneNode()
        node.hear(ClusterMessage(newDisk: UUID(low: 1, high: 2), number: 2), id: 40)
        #expect(node.node.mode(of: .noNewDevices) == .null)
        node.hear(ClusterMessage(.abort, low: 40), id: 41)
        let vote = node.log.firstIndex(of: .convert(.noNewDevices, .concurrentRead, isRefusable: false, value: nil))
        let ack = node.log.firstIndex(of: .convert(.ack, .null, isRefusable: false, value: nil))
        #expect(vote != nil && ack != nil && (vote ?? 0) < (ack ?? 0))
    }

    /// [B7] A second (0, 0) in a row is not sent.
    @Test func theEndIsToldOnce() {
        var node = LoneNode()
        node.send(.request(ticket: 1, .resyncStart(SectorSpan(1, 2))))
        node.send(.request(ticket: 2, .resyncMove(.none)))
        #expect(node.published?.kind == .resyncing && node.published?.high == 0)
        node.published = nil
        node.send(.request(ticket: 3, .resyncMove(.none)))
        #expect(node.outcome(of: 3) == .success && node.published == nil)
        node.send(.request(ticket: 4, .resyncFinish))
        node.published = nil
        node.send(.request(ticket: 5, .resyncFinish))
        #expect(node.outcome(of: 5) == .success && node.published == nil)
    }

    /// [B10] A slot's new owner resyncs while our wait for its bitmap is still being called off: its range stays.
    @Test func aNewOwnersRangeStays() {
        var node = LoneNode(joins: false)
        node.waiting = [.bitmap(2), .bitmap(3)]
        node.answersCancels = false
        node.send(.request(ticket: 0, .join(nonce: 0x0500_0000)))
        node.peers.insert(2)
        node.hear(ClusterMessage(.hello, low: 1, high: 3), from: 2, id: 20)
        #expect(node.log.contains(.cancel(.bitmap(2))) && node.node.live[2])
        node.hear(ClusterMessage(.resyncing, low: 10, high: 20), from: 2, id: 21)
        node.log = []
        node.send(.cancelled(.bitmap(2)))
        #expect(node.node.isResyncing(SectorSpan(10, 11)) && node.log.isEmpty)
    }

    /// [B10] Only the wait for a slot's bitmap is called off when somebody owns the slot again, not its release.
    @Test func aReleaseIsNotCalledOff() {
        var node = LoneNode(joins: false)
        node.waiting = [.bitmap(2)]
        node.send(.request(ticket: 0, .join(nonce: 0x0500_0000)))
        node.waiting = []
        var effects: [ClusterEffect] = []
        node.node.handle(.granted(.bitmap(2), .protectedWrite, nil), into: &effects)
        node.node.handle(.recovered(slot: 2, isGood: true), into: &effects)
        node.peers.insert(2)
        node.hear(ClusterMessage(.hello, low: 1, high: 3), from: 2, id: 20)
        #expect(!node.log.contains(.cancel(.bitmap(2))))
        node.send(.granted(.bitmap(2), .null, nil))
        #expect(node.node.isAtRest && node.node.live[2])
    }

    /// [B8] The wait for our turn to resync is ended by the application.
    @Test func aWaitForOurTurnCanBeEnded() {
        var node = LoneNode()
        node.waiting = [.resync]
        node.send(.request(ticket: 1, .resyncStart(SectorSpan(1, 2))))
        node.send(.request(ticket: 2, .resyncFinish))
        #expect(node.outcome(of: 1) == .failure(.cancelled) && node.outcome(of: 2) == .success)
        #expect(node.node.isAtRest)
    }
}
