import MDBytes
import MDModel
import Testing

@Suite struct CreateShapeTests {
    private func request(_ level: Level?, _ raid: Int?, spares: Int? = nil, devices: [String]) -> CreateRequest {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.level = level
        request.raidDevices = raid
        request.spareDevices = spares
        request.devices = devices.map { DeviceOperand(path: $0) }
        return request
    }

    private func refusal(of request: CreateRequest) -> CreateRefusal? {
        do throws(CreateRefusal) {
            _ = try CreateShape(judging: request, metadata: nil)
            return nil
        } catch { return error }
    }

    @Test func countsAreJudgedAsMdadmDoes() throws {
        #expect(refusal(of: request(.raid1, nil, devices: ["a"])) == .noRaidDevices)
        #expect(refusal(of: request(nil, 2, devices: ["a", "b"])) == .noLevel)
        #expect(refusal(of: request(.raid1, 2, devices: ["a"])) == .tooFewListed)
        #expect(refusal(of: request(.raid1, 2, devices: ["a", "b", "c"])) == .tooManyListed(listed: 3, wanted: 2))
        #expect(refusal(of: request(.raid6, 3, devices: ["a", "b", "c"])) == .tooFewDevices(needed: 4, .raid6))
        #expect(refusal(of: request(.raid5, 1, devices: ["a"])) == .tooFewDevices(needed: 2, .raid5))
        #expect(refusal(of: request(.raid0, 2, spares: 1, devices: ["a", "b", "c"])) == .sparesForbidden(.raid0))
        #expect(refusal(of: request(.raid1, 2, devices: ["missing", "MISSING"])) == .allMissing)
        let gap = try CreateShape(judging: request(.raid0, 2, devices: ["a", "missing"]), metadata: nil)
        #expect(throws: CreateRefusal.missingForbidden) { try gap.checkMissing() }
        #expect(refusal(of: request(.raid1, 2, devices: ["a", "missing"])) == nil)
    }

    @Test func clusteredArraysAreNarrow() {
        var asked = request(.raid5, 3, devices: ["a", "b", "c"])
        asked.bitmap = .clustered
        #expect(refusal(of: asked) == .clusterLevel)
        asked = request(.raid10, 2, devices: ["a", "b"])
        asked.bitmap = .clustered
        asked.layout = "f2"
        #expect(refusal(of: asked) == .clusterLayout)
        asked.layout = nil
        asked.common.metadata = "1.1"
        #expect(refusal(of: asked) == .clusterVersion)
        asked.common.metadata = "1.2"
        asked.devices[1].isWriteMostly = true
        #expect(refusal(of: asked) == .clusterWriteMostly("b"))
        asked.bitmap = .internal
        asked.nodes = 4
        #expect(refusal(of: asked) == .nodesWithoutCluster)
    }

    /// Operands, then number and slot of each disk and whether the array starts clean: what strace saw.
    @Test(arguments: [
        (Level.raid1, ["a", "b"], [0, 1], [0, 1], false),
        (.raid5, ["a", "b", "c"], [0, 1, 3], [0, 1, -1], true),
        (.raid4, ["a", "missing", "c"], [0, 2], [0, 2], true),
        (.raid6, ["a", "b", "missing", "d"], [0, 1, 4], [0, 1, -1], true),
        (.raid6, ["a", "b", "c", "missing"], [0, 1, 4], [0, 1, -1], true),
        (.raid6, ["a", "b", "c", "d"], [0, 1, 2, 3], [0, 1, 2, 3], false),
        (.raid6, ["a", "missing", "missing", "d"], [0, 3], [0, 3], true),
        (.raid0, ["a", "b"], [0, 1], [0, 1], true),
        (.raid10, ["a", "missing"], [0], [0], false),
    ] as [(Level, [String], [Int], [Int], Bool)])
    func slots(level: Level, operands: [String], numbers: [Int], slots: [Int], clean: Bool) throws {
        let shape = try CreateShape(judging: request(level, operands.count, devices: operands), metadata: nil)
        let dealt = CreateSlots(shape, assumeClean: false, force: false)
        #expect(dealt.disks.map(\.number) == numbers)
        #expect(dealt.disks.map { $0.slot ?? -1 } == slots)
        #expect(dealt.isClean == clean)
    }

    /// Which devices became what when the journal stood at each place of the list; seen with mdadm 4.6.
    @Test(arguments: [
        (["a", "b", "c", "J"], ["a": 0, "b": 1, "c": -1]), (["a", "b", "J", "c"], ["a": 0, "b": 1, "c": -1]),
        (["a", "J", "b", "c"], ["a": 0, "b": -1, "c": 2]), (["J", "a", "missing", "c"], ["a": 0, "c": 2]),
        (["a", "b", "missing", "J"], ["a": 0, "b": 1]),
    ] as [([String], [String: Int])])
    func journalCountsAsADevice(operands: [String], slots: [String: Int]) throws {
        var request = request(.raid5, 3, devices: operands)
        request.devices[try #require(operands.firstIndex(of: "J"))].isJournal = true
        let dealt = CreateSlots(try CreateShape(judging: request, metadata: nil), assumeClean: false, force: false)
        for disk in dealt.disks {
            let path = operands[disk.operand]
            #expect(disk.isJournal == (path == "J") && (disk.isJournal || disk.slot ?? -1 == slots[path]))
        }
        #expect(dealt.disks.count == slots.count + 1 && dealt.isClean)
    }

    @Test func parityLogNeedsItsPlace() {
        var asked = request(.raid5, 3, devices: ["a", "b", "c"])
        asked.consistencyPolicy = "ppl"
        #expect(refusal(of: asked) == nil)
        asked.bitmap = .internal
        #expect(refusal(of: asked) == .pplForbidden)
        asked.bitmap = .none
        asked.common.metadata = "1.0"
        #expect(refusal(of: asked) == .pplForbidden)
    }

    @Test func spareAndMovedDiskKeepTheirOrder() throws {
        let shape = try CreateShape(
            judging: request(.raid5, 3, spares: 1, devices: ["a", "b", "c", "d"]), metadata: nil)
        let dealt = CreateSlots(shape, assumeClean: false, force: false)
        #expect(dealt.disks.map(\.operand) == [0, 1, 3, 2])
        #expect(dealt.disks.map(\.number) == [0, 1, 3, 4])
        #expect(CreateSlots(shape, assumeClean: true, force: false).disks.map(\.number) == [0, 1, 2, 3])
        #expect(!CreateSlots(shape, assumeClean: false, force: true).isClean)
    }

    @Test(arguments: [
        ("foo", "node1", "node1:foo"),
        ("far:foo", "node1", "far:foo"),
        ("foo", nil, "foo"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "node1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ] as [(String, String?, String)])
    func names(name: String, host: String?, stored: String) {
        #expect(CreateBlueprint.storedName(name, host: host) == Array(stored.utf8))
    }
}
