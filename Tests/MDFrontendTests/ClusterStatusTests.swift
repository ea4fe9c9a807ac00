import MDBytes
import MDFrontend
import MDLocks
import MDModel
import MDOperations
import Testing

/// What debugfs of the kernel says, as it was seen on a node of three, and what is made of it.
@Suite struct ClusterStatusTests {
    private static let seen = """
        id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name
        10 3 6 387 0 400 10000 2 0 -1 1483676 0 6 "resync"
        6 0 0 385 0 400 0 2 0 -1 4929070 0 6 "resync"
        5 0 0 385 0 c 0 2 4 -1 4929144 0 10 "bitmap0000"
        8 2 2 377 0 4 10000 2 5 -1 3666292 0 5 "token"
        2 0 0 400 0 4 0 3 0 5 40886569 0 5 "token"
        9 3 3 387 0 4 10000 1 -1 3 100 0 7 "message"
        """

    @Test func locksAreRead() throws {
        let locks = KernelLock.all(in: Self.seen)
        try #require(locks.count == 6)
        #expect(locks[0].node == 3 && locks[0].granted == .null && locks[0].wanted == nil)
        #expect(locks[2].node == nil && locks[2].resource == "bitmap0000" && locks[2].granted == .protectedWrite)
        #expect(locks[4].state == .converting && locks[4].wanted == .exclusive && locks[4].age == Milliseconds(40886))
        #expect(locks[5].state == .waiting && locks[5].granted == nil && locks[5].wanted == .protectedRead)
    }

    /// Seen on the second node: all its own, though the master of most is the first.
    @Test func ownLocksNameTheMaster() {
        let locks = KernelLock.all(in: """
            6 1 b 377 0 400 0 2 0 -1 32631467 1 6 "resync"
            5 0 0 377 0 c 0 2 4 -1 32632396 0 10 "bitmap0001"
            """)
        #expect(locks.map(\.node) == [nil, nil])
    }

    @Test(arguments: [
        "", "1 2 3", "10 3 6 387 0 400 10000 9 0 -1 1 0 6 \"resync\"", "10 x 6 387 0 400 10000 2 0 -1 1 0 6 \"resync\"",
        "10 3 6 387 0 400 10000 2 0 -1 -1 0 6 \"resync\"", "10 3 6 387 0 400 10000 2 0 -1 1 0 0 \"\"",
    ])
    func nonsenseIsNoLock(_ line: String) { #expect(KernelLock.all(in: line).isEmpty) }

    private func view(_ edit: (inout ClusterView) -> Void = { _ in }) -> ClusterView {
        var view = ClusterView(name: "md127", uuid: "7a11eb9d-f05b-e3b0-1806-2cc387c82d0c", state: "clean")
        view.link = "/dev/md/shared"
        view.cluster = "lab"
        view.nodes = [
            ClusterView.Node(id: 1, slot: 0, isThisNode: true), ClusterView.Node(id: 2, slot: nil, isThisNode: false),
        ]
        view.recovery = 0xff
        view.locks = KernelLock.all(in: Self.seen)
        edit(&view)
        view.troubles = view.diagnosis()
        return view
    }

    @Test func aWaitNamesWhoStandsInTheWay() {
        let view = view()
        #expect(view.slot(of: nil) == 0 && view.slot(of: 2) == nil)
        guard case .waits(let lock, let holders)? = view.troubles.first, view.troubles.count == 1 else {
            Issue.record("\(view.troubles)")
            return
        }
        #expect(lock.resource == "token" && holders == [2])
        let text = ClusterStatusText.report([view], isFull: false)
        #expect(text.contains("this node waits for token NL wants EX for 40 s: held by node 2"), "\(text)")
        #expect(text.contains("Nodes : 1 (slot 0, this node), 2\n"), "\(text)")
    }

    @Test func eachTroubleHasAWayOut() {
        let troubles = [
            view { $0.state = "read-auto"; $0.locks = [] }, view { $0.recovery = nil; $0.locks = nil },
            view { $0.recovery = 0x5; $0.locks = [] },
            view { $0.locks = KernelLock.all(in: "3 0 0 403 0 4 0 2 0 -1 99369474 0 10 \"no-new-dev\"") },
        ].map(\.troubles)
        #expect(
            troubles == [
                [.notWritable(state: "read-auto")], [.noLockspace], [.recovering(5)],
                [.confirmedDiskPending(Milliseconds(99369))],
            ])
        for trouble in troubles.joined() { #expect(trouble.words(view()).count == 2) }
        for mask: UInt32 in [0xff, 0x55] {
            #expect(view { ($0.locks, $0.recovery) = ([], mask) }.troubles.isEmpty)
        }
    }

    @Test func jsonKeepsWhatIsUnknownAndEscapes() {
        let text = ClusterStatusText.json([view { $0.nodes = nil; $0.locks = nil; $0.cluster = "a\"\u{1b}\u{9b}é\\" }]).text
        #expect(text.contains("\"nodes\": null") && text.contains("\"locks\": null") && text.contains("\"troubles\": []"))
        #expect(text.contains("\"cluster\": \"a\\\"\\u001b\\u009bé\\\\\""), "\(text)")
        #expect(JSON.members(["a": .list([]), "b": .object([]), "c": .list([.number(1), .flag(true)])]).text
            == "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    true\n  ]\n}")
    }
}
