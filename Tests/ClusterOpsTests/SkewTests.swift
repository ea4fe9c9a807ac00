import MDBytes
import MDLocks
import Testing

@testable import ClusterOps

/// Sessions whose clocks show quite other times, over one lock manager.
private final class SkewedCluster {
    let array = SharedArray()
    private let lockspace = LocalLockspace()
    private(set) var nodes: [TestNode] = []
    private(set) var sessions: [ClusterSession] = []
    private var now = 0

    /// `offsets` are what the clocks show at the beginning, in milliseconds.
    init(_ offsets: [Int]) throws {
        for (place, offset) in offsets.enumerated() {
            nodes.append(TestNode(array))
            let clock = SessionClock(
                now: { [unowned self] in Instant(milliseconds: now + offset) }, idle: { [unowned self] in idle($0) })
            sessions.append(ClusterSession(
                array: UUID(bytes: [7]), locks: lockspace.join(NodeIdentifier(place + 1)), clock: clock,
                nonce: UInt32(place + 1) << 24, application: nodes[place]))
            try sessions[place].join(nodes: 4)
        }
    }

    private func idle(_ span: Milliseconds) {
        var isBusy = false
        for session in sessions where session.step() { isBusy = true }
        if !isBusy { now += span.rawValue }
    }
}

@Suite struct SkewTests {
    /// [A22] A search that ends in time, one that does not, and a resync, on nodes that are years apart: nobody cares
    /// what time it is elsewhere.
    @Test func clocksNeedNotAgree() throws {
        let cluster = try SkewedCluster([0, 1 << 44, -(1 << 44)])
        let first = cluster.sessions[0]
        try first.addNewDiskStart(TestCluster.disk)
        cluster.nodes[0].write(TestCluster.disk)
        try first.addNewDiskFinish()
        #expect(cluster.nodes.allSatisfy { $0.view == cluster.array.members && $0.candidate == nil })
        cluster.nodes[2].verdict = nil
        let other = NewDevice(uuid: [UInt8](repeating: 8, count: 16), number: 3)
        let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[1].addNewDiskStart(other) }
        #expect(error?.refusal?.reason == "timeout" && error?.refusal?.slot == 2)
        try cluster.sessions[2].resyncStart(SectorRange(1, 2))
        #expect(first.areaResyncing(SectorRange(1, 2)))
        try cluster.sessions[2].resyncFinish()
    }
}
