import Testing

@testable import ClusterOps

/// Asking first: what every node says to a disk, before anything is done.
@Suite struct LookTests {
    /// One sees it, one does not, on one it is too small, and one stands still.
    @Test func everyNodeIsListed() throws {
        let cluster = try TestCluster(5)
        cluster.nodes[1].lookAnswer = .notFound
        cluster.nodes[2].lookAnswer = .tooSmall(sectors: 7)
        cluster.cluster.stop(node: 4)
        let answers = try cluster.sessions[0].look(for: TestCluster.disk.uuid, mebibytes: 64)
        #expect(answers.map(\.slot) == [1, 2, 3, 4] && answers.map(\.node) == [2, 3, 4, 5])
        #expect(answers.map(\.verdict) == [.refused, .refused, .silent, .accepted])
        #expect(answers.map(\.reason) == ["notFound", "tooSmall", "none", "none"])
        #expect(answers.map(\.errno) == [2, 28, 0, 0] && answers.map(\.detail) == [0, 7, 0, 0])
        #expect(cluster.nodes[1].looks.map(\.identity) == [TestCluster.disk.uuid])
        #expect(cluster.nodes[1].looks.map(\.mebibytes) == [64] && cluster.nodes[0].looks.isEmpty)
        cluster.cluster.stop(node: 4, false)
        cluster.cluster.settle(milliseconds: 5000)
        #expect(cluster.isSettled)
        try cluster.sessions[3].addNewDiskStart(TestCluster.disk)
        try cluster.sessions[3].metadataUpdateCancel()
    }

    /// Three nodes, all alive.
    @Test func threeNodes() throws {
        let cluster = try TestCluster(3)
        cluster.nodes[0].lookAnswer = .notReady(code: 30)
        let answers = try cluster.sessions[1].look(for: [], mebibytes: 0)
        #expect(answers.map(\.verdict) == [.notReady, .accepted] && answers.map(\.errno) == [30, 0])
        #expect(cluster.nodes[2].looks.map(\.identity) == [[UInt8](repeating: 0, count: 16)])
    }

    /// An application that cannot look, one that is alone, and one that is not there.
    @Test func nobodyLooks() throws {
        let cluster = try TestCluster(2)
        let answer = DeviceAnswer.unsupported
        cluster.nodes[1].lookAnswer = answer
        #expect(try cluster.sessions[0].look(for: [], mebibytes: 0).map(\.verdict) == [.unsupported])
        try cluster.sessions[1].leave()
        cluster.cluster.settle(milliseconds: 5000)
        #expect(try cluster.sessions[0].look(for: [], mebibytes: 0).isEmpty)
        #expect(throws: ClusterOperationError.self) { try cluster.sessions[1].look(for: [], mebibytes: 0) }
    }

    /// Who is there, and what each resyncs.
    @Test func theMembershipCanBeSeen() throws {
        let cluster = try TestCluster(3)
        for session in cluster.sessions {
            #expect(session.members.map(\.slot) == [0, 1, 2] && session.members.map(\.node) == [1, 2, 3])
            #expect(session.ranges.isEmpty)
        }
        try cluster.sessions[1].resyncStart(SectorRange(3, 9))
        for session in cluster.sessions { #expect(session.ranges == [1: SectorRange(3, 9)]) }
        try cluster.sessions[1].resyncFinish()
        try cluster.sessions[0].leave()
        cluster.cluster.settle(milliseconds: 5000)
        #expect(cluster.sessions[2].members.map(\.node) == [2, 3] && cluster.sessions[0].members.isEmpty)
    }
}
