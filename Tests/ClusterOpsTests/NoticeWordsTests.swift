import MDCluster
import MDLocks
import Testing

@testable import ClusterOps

/// What the protocol notices, as a log has it.
@Suite struct NoticeWordsTests {
    static let notices: [(ClusterNotice, String)] = [
        (.died(slot: 2), "the member in slot 2 died"),
        (.joined(slot: 0), "the member in slot 0 joined"),
        (.left(slot: 1), "the member in slot 1 left"),
        (.damagedMessage(.otherVersion(0xc2)), "took no notice of a message that is of another version (194)"),
        (.damagedMessage(.damaged(stored: 1, computed: 2)), "took no notice of a message that is damaged: its checksum is wrong"),
        (.stranger(slot: 9), "took no notice of a message from slot 9, which nobody owns"),
        (.repairing(slot: nil, kind: nil), "brings to its end what some member left half done"),
        (.repairing(slot: 3, kind: .newDisk), "brings to its end what the member in slot 3 left half done"),
        (.brokeDown(.lockFailed(.alive(3), code: 22)), "left at once: the lock alive0003 failed (errno 22)"),
    ]

    @Test(arguments: notices)
    func sentences(notice: ClusterNotice, words: String) {
        #expect(notice.words == words)
    }

    /// No notice is told as the compiler would print it.
    @Test func nothingIsRaw() {
        let all: [ClusterNotice] = Self.notices.map(\.0) + [
            .damagedMessage(.empty), .damagedMessage(.senseless), .lostMessage, .impostor(slot: 1),
            .unsupported(.look, from: 2), .waitingForQuorum(ticket: 3), .spuriousAnswer(.none),
            .recoveryFailed(slot: 1), .brokeDown(.unexpectedEvent(.token)), .brokeDown(.tokenTimeout),
        ]
        for notice in all {
            #expect(!notice.words.contains(":)") && notice.words.contains(" ") && notice.words.first?.isLowercase == true)
            for raw in ["slot:", "rawValue", "ClusterLock", "ticket", "Optional"] { #expect(!notice.words.contains(raw)) }
        }
    }
}
