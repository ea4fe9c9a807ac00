import Testing

@testable import ClusterOps

/// The thirteen operations on clusters within one thread. Names in brackets are those of the checklist in
/// cluster-facts.md, section 8.
@Suite struct ClusterOpsTests {
    typealias Code = ClusterOperationError.Code

    /// The ten steps, as an example of the library's use. [A1]
    @Test(arguments: [1, 2, 3, 8])
    func everybodySeesTheDisk(_ count: Int) throws {
        let cluster = try TestCluster(count)
        let (first, node) = (cluster.sessions[0], cluster.nodes[0])
        try first.addNewDiskStart(TestCluster.disk)
        #expect(cluster.nodes.dropFirst().allSatisfy { $0.candidate == TestCluster.disk && $0.asked == 1 })
        node.write(TestCluster.disk)
        try first.addNewDiskFinish()
        #expect(cluster.isSettled && cluster.array.members[2] == 9)
    }

    /// [A2] [A5] [A6] [A17] [A19] One no is enough, it is named, everybody lets go, and the next add works.
    @Test(arguments: [
        (DeviceAnswer.notFound, "notFound", 2), (.tooSmall(sectors: 7), "tooSmall", 28),
        (.alreadyMember, "alreadyMember", 16), (.declined, "byOperator", 0), (.mismatch, "uuidMismatch", 22),
        (.failed(code: 5), "ioError", 5), (.busy, "busy", 16),
    ] as [(DeviceAnswer, String, Int32)])
    func oneNoIsEnough(_ verdict: DeviceAnswer, _ reason: String, _ code: Int32) throws {
        let cluster = try TestCluster(3)
        cluster.nodes[2].verdict = verdict
        let error = #expect(throws: ClusterOperationError.self) {
            try cluster.sessions[0].addNewDiskStart(TestCluster.disk)
        }
        #expect(error?.code == .refused && error?.errno == 2)
        #expect(error?.refusal?.slot == 2 && error?.refusal?.node == 3)
        #expect(error?.refusal?.reason == reason && error?.refusal?.errno == code)
        cluster.cluster.settle(milliseconds: 100)
        #expect(cluster.isSettled)
        cluster.nodes[2].verdict = .accepted
        try cluster.sessions[1].addNewDiskStart(TestCluster.disk)
        try cluster.sessions[1].metadataUpdateCancel()
        #expect(cluster.isSettled)
    }

    /// [A3] [A9] [A20] Nobody answers in time: a no with the reason "timeout"; an answer after that is spurious.
    @Test func aLateYesIsSpurious() throws {
        let cluster = try TestCluster(3)
        cluster.nodes[1].verdict = nil
        let error = #expect(throws: ClusterOperationError.self) {
            try cluster.sessions[0].addNewDiskStart(TestCluster.disk)
        }
        #expect(error?.refusal?.reason == "timeout" && error?.refusal?.slot == 1)
        #expect(cluster.isSettled)
        let late = #expect(throws: ClusterOperationError.self) { try cluster.sessions[1].newDiskAck(true) }
        #expect(late?.code == .spurious && late?.errno == 22)
    }

    /// [A4] A no and a timeout: the first refusal is told, and the state is clean.
    @Test func aNoAndATimeout() throws {
        let cluster = try TestCluster(4)
        cluster.nodes[1].verdict = nil
        cluster.nodes[2].verdict = .notFound
        let error = #expect(throws: ClusterOperationError.self) {
            try cluster.sessions[0].addNewDiskStart(TestCluster.disk)
        }
        #expect(error?.code == .refused)
        #expect(cluster.isSettled)
    }

    /// [A11] [A12] A no that nobody waits for is taken; of two answers the first counts.
    @Test func answersThatNobodyWaitsFor() throws {
        let cluster = try TestCluster(2)
        try cluster.sessions[1].newDiskAck(false)
        #expect(cluster.nodes[1].notes.contains { $0.contains("nobody waited") })
        #expect(throws: ClusterOperationError.self) { try cluster.sessions[1].newDiskAck(true) }
    }

    /// [A7] Two adds, one after the other, from two nodes.
    @Test func addsFollowEachOther() throws {
        let cluster = try TestCluster(3)
        for (place, session) in cluster.sessions.enumerated() {
            let disk = NewDevice(uuid: [UInt8](repeating: UInt8(20 + place), count: 16), number: 2 + place)
            try session.addNewDiskStart(disk)
            cluster.nodes[place].write(disk)
            try session.addNewDiskFinish()
        }
        #expect(cluster.isSettled && cluster.array.members.count == 5)
    }

    /// [A8] Who joins after an add sees the new member at once.
    @Test func newcomersReadTheSuperblocks() throws {
        var cluster = try TestCluster(2, slots: 4)
        try cluster.sessions[0].addNewDiskStart(TestCluster.disk)
        cluster.nodes[0].write(TestCluster.disk)
        try cluster.sessions[0].addNewDiskFinish()
        cluster.add()
        try cluster.sessions[2].join(nodes: 4)
        #expect(try cluster.sessions[2].slotNumber() == 2)
        #expect(cluster.isSettled)
    }

    /// [A14] The node that adds dies: what it wrote decides.
    @Test(arguments: [false, true])
    func theInitiatorDies(_ hasWritten: Bool) throws {
        var cluster = try TestCluster(3)
        try cluster.sessions[0].addNewDiskStart(TestCluster.disk)
        if hasWritten { cluster.nodes[0].write(TestCluster.disk) }
        cluster.cluster.kill(node: 1)
        cluster.cluster.settle(milliseconds: 5000)
        cluster.nodes.removeFirst()
        #expect(cluster.isSettled)
        #expect((cluster.array.members[2] != nil) == hasWritten)
        #expect(cluster.nodes.flatMap(\.takenOver).contains(0))
    }

    /// [B6] [B7] Every other node holds back writes from before a resync touches a range until it is done.
    @Test func resyncsAreAnnounced() throws {
        let cluster = try TestCluster(3)
        let first = cluster.sessions[0]
        let others = cluster.sessions.dropFirst()
        try first.resyncStart(SectorRange(100, 200))
        #expect(others.allSatisfy { $0.areaResyncing(SectorRange(199, 300)) })
        #expect(others.allSatisfy { !$0.areaResyncing(SectorRange(200, 300)) && !$0.areaResyncing(SectorRange(0, 100)) })
        #expect(!first.areaResyncing(SectorRange(100, 200)))
        try first.resyncInfoUpdate(SectorRange(200, 300))
        #expect(others.allSatisfy { !$0.areaResyncing(SectorRange(100, 200)) && $0.areaResyncing(SectorRange(200, 201)) })
        try first.resyncFinish()
        try first.resyncFinish()
        #expect(others.allSatisfy { !$0.areaResyncing(SectorRange(0, .max)) })
        #expect(cluster.nodes.allSatisfy { $0.ranges.isEmpty })
    }

    /// [B5] Ranges without a sector.
    @Test func emptyRangesAreRefused() throws {
        let cluster = try TestCluster(2)
        for range in [SectorRange(5, 5), SectorRange(9, 3), .none] {
            let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[0].resyncStart(range) }
            #expect(error?.code == .invalid && error?.errno == 22)
        }
        #expect(throws: ClusterOperationError.self) { try cluster.sessions[0].resyncInfoUpdate(SectorRange(1, 2)) }
    }

    /// [B1] Its resync dies with a node; one survivor takes its bitmap over, then all let writes go on.
    @Test func aDeadResyncIsTakenOver() throws {
        let cluster = try TestCluster(3)
        try cluster.sessions[0].resyncStart(SectorRange(100, 200))
        cluster.cluster.kill(node: 1)
        cluster.cluster.settle(milliseconds: 5000)
        #expect(cluster.nodes[1...2].flatMap(\.takenOver).filter { $0 == 0 }.count == 1)
        #expect(cluster.sessions[1...2].allSatisfy { !$0.areaResyncing(SectorRange(0, .max)) })
    }

    /// [B2] A dirty bitmap is handed over, a clean one is not.
    @Test(arguments: [false, true])
    func leavesHandOver(_ isDirty: Bool) throws {
        let cluster = try TestCluster(3)
        cluster.nodes[0].isDirty = isDirty
        for node in cluster.nodes { node.takenOver = [] }
        try cluster.sessions[0].leave()
        cluster.cluster.settle(milliseconds: 5000)
        #expect(cluster.nodes[1...2].flatMap(\.takenOver) == (isDirty ? [0] : []))
        let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[0].metadataUpdateStart() }
        #expect(error?.code == .notJoined)
    }

    /// [B11] A newcomer learns what is being resynced.
    @Test func newcomersLearnTheRange() throws {
        var cluster = try TestCluster(2, slots: 3)
        try cluster.sessions[1].resyncStart(SectorRange(7, 9))
        cluster.add()
        try cluster.sessions[2].join(nodes: 3)
        #expect(cluster.sessions[2].areaResyncing(SectorRange(8, 9)))
        #expect(cluster.nodes[2].ranges[1] == SectorRange(7, 9))
    }

    /// [M1] Every slot has an owner; a slot that became free is used again.
    @Test func slotsRunOut() throws {
        var cluster = try TestCluster(2, slots: 2)
        cluster.add()
        let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[2].join(nodes: 2) }
        #expect(error?.code == .noFreeSlot && error?.errno == 34)
        try cluster.sessions[0].leave()
        cluster.add()
        try cluster.sessions[3].join(nodes: 2)
        #expect(try cluster.sessions[3].slotNumber() == 0)
        for nodes in [0, 65] {
            cluster.add()
            #expect(throws: ClusterOperationError.self) { try cluster.sessions[cluster.sessions.count - 1].join(nodes: nodes) }
        }
    }

    /// Sizes and removals reach everybody; one node that cannot follow is named.
    @Test func peersFollow() throws {
        let cluster = try TestCluster(3)
        try cluster.sessions[0].metadataUpdateStart()
        try cluster.sessions[0].removeDisk(number: 1)
        try cluster.sessions[0].metadataUpdateFinish()
        try cluster.sessions[1].reAddDisk(number: 1)
        try cluster.sessions[1].resizeBitmaps(sectors: 40)
        #expect(cluster.nodes[2].changes == [.removes(number: 1), .readds(number: 1), .bitmap(sectors: 40)])
        cluster.nodes[2].changeAnswer = .tooSmall(sectors: 10)
        let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[0].updateSize(sectors: 50) }
        #expect(error?.refusal?.slot == 2 && error?.refusal?.detail == 10)
    }

    /// What makes no sense is refused, and hurts nobody.
    @Test func requestsOutOfTurn() throws {
        let cluster = try TestCluster(2)
        let first = cluster.sessions[0]
        #expect(throws: ClusterOperationError.self) { try first.join(nodes: 2) }
        #expect(throws: ClusterOperationError.self) { try first.metadataUpdateFinish() }
        #expect(throws: ClusterOperationError.self) { try first.metadataUpdateCancel() }
        try first.metadataUpdateStart()
        let error = #expect(throws: ClusterOperationError.self) { try first.metadataUpdateStart() }
        #expect(error?.code == .busy)
        #expect(throws: ClusterOperationError.self) { try first.addNewDiskStart(TestCluster.disk) }
        try first.metadataUpdateFinish()
        #expect(cluster.isSettled)
    }

    /// [T4] [S8] The token is held by a node that does nothing more: a limit, not a hang.
    @Test func aHeldTokenHasALimit() throws {
        let cluster = try TestCluster(2)
        try cluster.sessions[0].metadataUpdateStart()
        let error = #expect(throws: ClusterOperationError.self) { try cluster.sessions[1].metadataUpdateStart() }
        #expect(error?.code == .timedOut && error?.errno == 11)
        try cluster.sessions[0].metadataUpdateFinish()
        try cluster.sessions[1].metadataUpdateStart()
        try cluster.sessions[1].metadataUpdateCancel()
    }
}
