import MDBytes
import MDLocks
import Testing

@testable import MDCluster

/// LOOK on one node: asked, answered, and nothing changed.
@Suite struct LookTests {
    private let look = ClusterRequest.look(identity: UUID(low: 1, high: 2), mebibytes: 5)

    private func reply(_ answer: Answer, _ slot: Int, _ id: MessageID) -> LockValue {
        LockValue(ClusterReply(answer, slot: slot, to: id, node: 7, incarnation: 1).block(LoneNode.seal))
    }

    /// Every kind of answer, and none, ends it well; no intent is written and no vote taken.
    @Test func everyAnswerIsAnAnswer() {
        for answer in [.ok, .nack(.notFound, code: 2), Answer(.unsupported), Answer(.notReady, code: 30)] as [Answer] {
            var node = LoneNode()
            node.forgedReply = { id in reply(answer, 1, id) }
            node.log = []
            node.send(.request(ticket: 1, look))
            #expect(node.outcome(of: 1) == .answers([MemberReply(slot: 1, node: 7, answer: answer)]))
            #expect(node.published?.kind == .look && node.published?.argument == 5)
            #expect(node.node.isAtRest && !node.hasClosed)
            let converted = node.log.compactMap { effect -> ClusterLock? in
                if case .convert(let lock, .exclusive, _, _) = effect { lock } else { nil }
            }
            #expect(converted == [.token, .message, .ack])
        }
    }

    /// A member that is there and says nothing is asked three times and then listed; nothing is told again later.
    @Test func silenceIsAnAnswer() {
        var node = LoneNode()
        node.forgedReply = { _ in LockValue(.zero) }
        node.sent = []
        node.log = []
        node.send(.request(ticket: 1, look))
        #expect(node.outcome(of: 1) == .answers([MemberReply(slot: 1, node: 2, answer: nil)]))
        #expect(node.sent.map(\.kind) == [.look, .look, .look])
        #expect(!node.log.contains { if case .arm(.retry, _) = $0 { true } else { false } })
    }

    /// The wait for `ack` ends it, too, and the one for `message` is a failure.
    @Test func waitsHaveLimits() {
        var node = LoneNode()
        node.waiting = [.ack]
        node.forgedReply = { _ in LockValue(.zero) }
        node.send(.request(ticket: 1, look))
        node.send(.expired(.request))
        #expect(node.outcome(of: 1) == .answers([MemberReply(slot: 1, node: 2, answer: nil)]))
        node = LoneNode()
        node.waiting = [.message]
        node.send(.request(ticket: 1, look))
        node.send(.expired(.request))
        #expect(node.outcome(of: 1) == .failure(.lockTimeout(.message)) && node.node.isAtRest)
    }

    /// Inside a transaction it changes nothing of it.
    @Test func aTransactionStaysOpen() {
        var node = LoneNode()
        node.send(.request(ticket: 1, .addStart(uuid: UUID(low: 1, high: 2), number: 2)))
        node.send(.request(ticket: 2, look))
        #expect(node.outcome(of: 2)?.isSuccess == true)
        node.send(.request(ticket: 3, .metadataFinish(events: 2, device: 2)))
        #expect(node.outcome(of: 3) == .success && node.published?.kind == .metadataUpdated)
        #expect(node.published?.high != 0)
    }

    /// An application that does not come back is answered for; the answer after that is nobody's.
    @Test func aSearchHasALimit() {
        var node = LoneNode()
        node.answersMessages = false
        node.hear(ClusterMessage(look: UUID(low: 1, high: 2), mebibytes: 1), id: 40)
        #expect(node.applied.count == 1 && !node.hasAcked)
        node.send(.expired(.confirm))
        #expect(node.hasAcked && node.verdict == .nack && node.node.mode(of: .noNewDevices) == .concurrentRead)
        node.send(.applied(MessageID(rawValue: 40), .ok))
        #expect(node.notices == [.spuriousAnswer(MessageID(rawValue: 40))])
    }

    /// A peer's look is applied and answered; the vote stays.
    @Test func aPeersLookIsAnswered() {
        var node = LoneNode()
        node.hear(ClusterMessage(look: .zero, mebibytes: 0))
        #expect(node.hasAcked && node.verdict == .ok && node.applied.map(\.kind) == [.look])
        #expect(node.node.mode(of: .noNewDevices) == .concurrentRead && node.node.isAtRest)
    }
}
