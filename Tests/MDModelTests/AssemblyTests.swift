import MDBytes
import MDFormats
import MDModel
import Testing

/// Members of one array, as they would be read.
private struct Disks {
    var level: Level = .raid5
    var raidDisks: UInt32 = 3
    var uuid = UUID(bytes: [1])
    var name = "node1:foo"
    var isClean = true
    /// Of a reshape that moves the data.
    var deltaDisks: Int32 = 0

    /// A member `n` in `slot` (nil for a spare) with so many events; `roles` is its view of all.
    func member(_ n: Int, slot: Int?, events: UInt64 = 10, roles: [SuperblockV1.Role]? = nil) -> AssemblyFinding {
        var superblock = SuperblockV1(roleCount: 128)
        superblock.arrayUUID = uuid
        superblock.name = Array(name.utf8)
        superblock.level = level.rawValue
        superblock.raidDisks = raidDisks
        superblock.superOffset = Sectors(8)
        superblock.deviceNumber = UInt32(n)
        superblock.events = events
        superblock.resyncOffset = isClean ? .max : 0
        superblock.deltaDisks = deltaDisks
        if deltaDisks != 0 { superblock.features.formUnion([.reshape, .newOffset]) }
        let view = roles ?? (0..<Int(raidDisks)).map { .active($0) }
        for (number, role) in view.enumerated() { superblock.setRole(role, of: number) }
        if let slot { superblock.setRole(.active(slot), of: n) }
        superblock.seal()
        return AssemblyFinding(
            path: "/dev/d\(n)", device: DeviceNumber(major: 8, minor: UInt32(n)), superblocks: [.version1(superblock)])
    }
}

@Suite struct AssemblyTests {
    private func assembly(_ members: [AssemblyFinding], _ change: (inout Assembly.Terms) -> Void = { _ in })
        throws -> Assembly
    {
        var terms = Assembly.Terms()
        change(&terms)
        return try Assembly(of: members, version: .version1(.fourKiBIn), terms: terms)
    }

    /// A reshape from four disks to three still needs the fourth.
    @Test func disksThatLeaveAreStillMembers() throws {
        var disks = Disks()
        disks.deltaDisks = -1
        let roles = (0..<4).map { SuperblockV1.Role.active($0) }
        let four = try assembly((0..<4).map { disks.member($0, slot: $0, roles: roles) })
        #expect(four.verdict == .start && four.raidDisks == 4 && four.available.count == 4 && four.isWhole)
        let three = try assembly((0..<3).map { disks.member($0, slot: $0, roles: roles) })
        #expect(three.verdict == .wantsMore(needed: 4) && three.remarks == [.noFreshMember(slot: 3)])
    }

    /// A replacement that is not complete is one that rebuilds; the table of roles then has one slot twice.
    @Test func replacementsAreCountedToo() throws {
        let disks = Disks()
        let roles = [0, 1, 2, 1].map { SuperblockV1.Role.active($0) }
        func replacement(done: UInt64) -> AssemblyFinding {
            var superblock = disks.member(3, slot: 1, roles: roles).superblocks[0]
            if case .version1(var block) = superblock {
                block.features.formUnion([.replacement, .recoveryOffset])
                block.recoveryOffset = done
                block.seal()
                superblock = .version1(block)
            }
            return AssemblyFinding(
                path: "/dev/d3", device: DeviceNumber(major: 8, minor: 3), superblocks: [superblock])
        }
        let members = (0..<3).map { disks.member($0, slot: $0, roles: roles) }
        let all = try assembly(members + [replacement(done: 8)])
        #expect(all.verdict == .start && all.present == 3 && all.rebuilding == 1 && all.isWhole)
        #expect(try assembly(members).verdict == .wantsMore(needed: 4))
        // One that is complete stands in for the member that it replaces.
        let complete = try assembly([members[0], members[2], replacement(done: .max)]) { $0.acceptsPartial = true }
        #expect(complete.verdict == .start && complete.present == 3 && complete.rebuilding == 0)
        let both = try assembly(members + [replacement(done: .max)])
        #expect(both.verdict == .start && both.present == 4)
    }

    /// The array has lost the slot meanwhile: mdadm tells of it, and the driver makes the disk a spare.
    @Test(arguments: [false, true]) func disksOfSlotsThatAreGoneBecomeSpares(force: Bool) throws {
        let disks = Disks()
        let members = [0, 1, 2, 3].map { disks.member($0, slot: $0, roles: (0..<4).map { .active($0) }) }
        let plan = try assembly(members) { $0.force = force }
        #expect(plan.verdict == .start && plan.spares == 1 && plan.members.count == 4 && plan.available.count == 3)
        #expect(
            plan.remarks == (force ? [.clearedFaulty(index: 3, path: "/dev/d3"), .leaderRewritten]
                : [.rolesDiffer(slot: 3, path: "/dev/d3")]))
        #expect(!plan.isWhole)
    }

    @Test func theLeaderIsAddedLast() throws {
        let disks = Disks()
        let whole = try assembly([
            disks.member(3, slot: nil), disks.member(2, slot: 2), disks.member(1, slot: 1), disks.member(0, slot: 0),
        ])
        #expect(whole.members.map(\.path) == ["/dev/d1", "/dev/d2", "/dev/d3", "/dev/d0"])
        #expect(whole.verdict == .start)
        #expect(whole.available == [0, 1, 2] && whole.spares == 1)
    }

    @Test func aMissingMemberWantsInsistence() throws {
        let disks = Disks()
        let two = [disks.member(0, slot: 0), disks.member(1, slot: 1)]
        #expect(try assembly(two).verdict == .wantsMore(needed: 3))
        #expect(try assembly(two) { $0.run = true }.verdict == .start)
        #expect(try assembly(two) { $0.force = true }.verdict == .start)
        #expect(try assembly(two) { $0.acceptsPartial = true }.verdict == .start)
        #expect(try assembly(two) { $0.acceptsPartial = true; $0.noDegraded = true }.verdict == .heldBack)
        #expect(try assembly([two[0]]).verdict == .notEnough)
        #expect(try assembly([two[0]]) { $0.run = true }.verdict == .startHopeless)
        #expect(try assembly([two[0]]) { $0.noDegraded = true }.verdict == .heldBack)
    }

    /// What the freshest member calls faulty is not missed.
    @Test func aKnownLossIsNoLoss() throws {
        let disks = Disks()
        let view: [SuperblockV1.Role] = [.active(0), .active(1), .faulty]
        let two = [disks.member(0, slot: 0, roles: view), disks.member(1, slot: 1, roles: view)]
        #expect(try assembly(two).verdict == .start)
    }

    @Test func staleMembersAreAddedButDoNotCount() throws {
        let disks = Disks()
        let view: [SuperblockV1.Role] = [.active(0), .active(1), .faulty]
        let three = [
            disks.member(0, slot: 0, events: 20, roles: view), disks.member(1, slot: 1, events: 20, roles: view),
            disks.member(2, slot: 2, events: 12),
        ]
        let plan = try assembly(three)
        #expect(plan.available == [0, 1] && plan.verdict == .start)
        #expect(plan.members.map(\.standing) == [.upToDate, .stale, .upToDate])
    }

    @Test func oneEventBehindIsFresh() throws {
        let disks = Disks()
        let plan = try assembly([
            disks.member(0, slot: 0, events: 19), disks.member(1, slot: 1, events: 20), disks.member(2, slot: 2, events: 20),
        ])
        #expect(plan.available == [0, 1, 2])
        #expect(plan.leader.path == "/dev/d1")
    }

    @Test func forceLiftsTheNewestStaleMember() throws {
        let disks = Disks()
        let view: [SuperblockV1.Role] = [.active(0), .faulty, .faulty]
        let three = [
            disks.member(0, slot: 0, events: 25, roles: view), disks.member(1, slot: 1, events: 15),
            disks.member(2, slot: 2, events: 21, roles: [.active(0), .faulty, .active(2)]),
        ]
        #expect(try assembly(three).verdict == .notEnough)
        let plan = try assembly(three) { $0.force = true }
        #expect(plan.verdict == .start && plan.available == [0, 2])
        #expect(plan.remarks.contains(.forcedEvents(path: "/dev/d2", slot: 2, from: 21, to: 25)))
        #expect(plan.remarks.contains(.clearedFaulty(index: 2, path: "/dev/d2")))
        // mdadm calls that "Marking array … as 'clean'", although it was clean before.
        #expect(plan.remarks.last == .leaderRewritten)
        #expect(plan.leader.superblock.role(of: 2) == .active(2))
        #expect(plan.members.filter(\.isRewritten).count == 2)
        #expect(plan.members.allSatisfy { $0.superblock.version1?.isChecksumCorrect ?? false })
    }

    @Test func dirtyAndDegradedParityNeedsForce() throws {
        var disks = Disks()
        disks.isClean = false
        let two = [disks.member(0, slot: 0), disks.member(1, slot: 1)]
        #expect(try assembly(two) { $0.acceptsPartial = true }.verdict == .notEnoughWhileDirty)
        let forced = try assembly(two) { $0.force = true }
        #expect(forced.verdict == .start && forced.remarks.contains(.leaderRewritten))
        #expect(forced.leader.superblock.isClean && forced.wasForced)
        // Also where that is not enough to start.
        let one = try assembly([disks.member(0, slot: 0)]) { $0.force = true }
        #expect(one.verdict == .notEnough && one.remarks.contains(.leaderRewritten))
        // Without parity it makes no difference whether the array was clean.
        disks.level = .raid0
        let half = try assembly([disks.member(0, slot: 0)]) { $0.force = true }
        #expect(half.verdict == .notEnough && !half.remarks.contains(.leaderRewritten))
        #expect(!half.leader.superblock.isClean)
    }

    @Test(arguments: [SuperblockV1.Role.faulty, .spare])
    func whoCountsTheFreshestOutIsIgnored(gone: SuperblockV1.Role) throws {
        var disks = Disks()
        disks.level = .raid1
        disks.raidDisks = 2
        let halves = [
            disks.member(0, slot: 0, roles: [.active(0), gone]),
            disks.member(1, slot: 1, roles: [gone, .active(1)]),
        ]
        let plan = try assembly(halves)
        #expect(plan.members.map(\.path) == ["/dev/d0"])
        #expect(plan.remarks.contains(.disputes(path: "/dev/d1", freshest: "/dev/d0")))
        #expect(plan.verdict == .start)
    }

    @Test func impossibleNumbersAreRefused() {
        var disks = Disks()
        disks.raidDisks = .max
        let member = disks.member(0, slot: 0, roles: [.active(0)])
        #expect(throws: Assembly.Refusal.damaged(path: "/dev/d0")) { try assembly([member]) }
    }

    /// A journal that is not there, or that ends before the members do, has lost writes.
    @Test(arguments: [(nil, true), (20, false), (19, false), (12, true)] as [(UInt64?, Bool)])
    func journals(events: UInt64?, lacks: Bool) throws {
        let disks = Disks()
        func withJournal(_ finding: AssemblyFinding) -> AssemblyFinding {
            var finding = finding
            finding.superblocks = finding.superblocks.map { superblock in
                guard var block = superblock.version1 else { return superblock }
                block.features.insert(.journal)
                block.seal()
                return .version1(block)
            }
            return finding
        }
        var members = (0..<3).map { withJournal(disks.member($0, slot: $0, events: 20)) }
        if let events {
            members.append(withJournal(disks.member(
                3, slot: nil, events: events, roles: [.active(0), .active(1), .active(2), .journal])))
        }
        let plan = try assembly(members)
        #expect(plan.lacksJournal == lacks && plan.journals == (events == nil ? 0 : 1))
    }

    @Test func sparesAloneAreNotEnough() throws {
        let plan = try assembly([Disks().member(3, slot: nil)]) { $0.force = true }
        #expect(plan.verdict == .notEnough && plan.available.isEmpty && plan.spares == 1)
    }

    /// What the driver refuses does not count: the user learns it before a degraded array runs.
    @Test func aRefusedMemberIsMissed() throws {
        let disks = Disks()
        var plan = try assembly((0..<3).map { disks.member($0, slot: $0) })
        plan.lose(plan.members[1])
        #expect(plan.present == 2 && plan.verdict == .wantsMore(needed: 3))
    }
}

@Suite struct AssemblySelectionTests {
    private let home = HomeHost(name: "node1", isRequired: true)

    private func select(_ findings: [AssemblyFinding], _ identity: ArrayIdentity = .init(), auto: Bool = false)
        -> AssemblySelection
    {
        AssemblySelection(
            of: findings,
            under: .init(identity: identity, homeHost: home, isAutomatic: auto, isExplicit: !auto))
    }

    @Test func mixedArraysAreRefusedUnlessOneIsOurs() {
        var other = Disks()
        other.uuid = UUID(bytes: [2])
        let ours = Disks().member(0, slot: 0)
        var findings = [ours, other.member(1, slot: 1)]
        #expect(select(findings).refusal == .differs(path: "/dev/d1"))
        other.name = "far:foo"
        findings[1] = other.member(1, slot: 1)
        #expect(select(findings).chosen == [ours])
        #expect(select(findings.reversed()).chosen == [ours])
        #expect(select(findings.reversed(), auto: true).chosen.map(\.path) == ["/dev/d1"])
    }

    @Test func filtersLetForeignersPass() {
        var identity = ArrayIdentity()
        identity.name = "foo"
        let blank = AssemblyFinding(path: "/dev/x", device: .none, superblocks: [])
        #expect(select([blank, Disks().member(0, slot: 0)]).refusal == .noSuperblock(path: "/dev/x"))
        let selection = select([blank, Disks().member(0, slot: 0)], identity)
        #expect(selection.refusal == nil && selection.chosen.count == 1)
        identity.name = "bar"
        #expect(select([Disks().member(0, slot: 0)], identity).remarks.map(\.remark) == [.mismatch(.name)])
    }

    @Test func busyDevicesAreSkipped() {
        var busy = Disks().member(0, slot: 0)
        busy.isBusy = true
        let selection = select([busy, Disks().member(1, slot: 1)])
        #expect(selection.chosen.map(\.path) == ["/dev/d1"])
        #expect(selection.remarks.map(\.remark) == [.busy])
    }

    @Test func listedDevicesMatchByPattern() {
        var identity = ArrayIdentity()
        identity.patterns = ["/dev/d[12]"]
        let selection = select([Disks().member(0, slot: 0), Disks().member(1, slot: 1)], identity)
        #expect(selection.chosen.map(\.path) == ["/dev/d1"])
    }
}

@Suite struct SuperblockUpdateTests {
    private var superblock: SuperblockV1 { Disks().member(0, slot: 0).superblocks[0].version1 ?? .init(roleCount: 0) }

    private func updated(
        _ update: SuperblockUpdate, bitmap: Sectors? = nil, _ change: (inout SuperblockV1) -> Void = { _ in }
    ) throws -> SuperblockV1 {
        var block = superblock
        var device = SuperblockUpdate.Device(size: Sectors(409600))
        device.bitmap = bitmap
        block.dataOffset = Sectors(2048)
        change(&block)
        try update.apply(to: &block, on: device)
        #expect(block.isChecksumCorrect)
        return block
    }

    @Test func raid0Layouts() throws {
        for (layout, number, hasFeature) in [
            (SuperblockUpdate.StripeLayout.original, UInt32(1), true), (.alternate, 2, true), (.unspecified, 0, false),
        ] {
            let block = try updated(.layout(layout)) { $0.level = 0 }
            #expect(block.layout == number && block.features.contains(.raid0Layout) == hasFeature)
        }
        #expect(throws: SuperblockUpdate.Refusal.notStriped(.original)) { try updated(.layout(.original)) }
    }

    @Test func parityLogs() throws {
        let block = try updated(.parityLog) { $0.badBlockOffset = 2056 }
        #expect(block.features == .ppl && block.pplOffset == 8 && block.pplSize == 2032)
        #expect(try updated(.noParityLog) { $0.features = [.ppl, .multiplePPLs] }.features.isEmpty)
        #expect(throws: SuperblockUpdate.Refusal.hasBitmap) { try updated(.parityLog) { $0.features.insert(.bitmap) } }
        #expect(throws: SuperblockUpdate.Refusal.noRoomForLog) { try updated(.parityLog) { $0.badBlockOffset = 16 } }
        #expect(throws: SuperblockUpdate.Refusal.levelOnly(.raid5)) { try updated(.parityLog) { $0.level = 6 } }
    }

    /// In 1.0 only what the member does not offer for data is room.
    @Test func parityLogsBeforeTheEnd() throws {
        func atEnd(_ gap: UInt64) throws -> SuperblockV1 {
            try updated(.parityLog) {
                $0.superOffset = Sectors(131056)
                $0.dataOffset = .zero
                $0.dataSize = Sectors(131056 - gap)
                $0.badBlockOffset = -8
            }
        }
        let block = try atEnd(4096)
        #expect(block.pplOffset == -2056 && block.pplSize == 2048)
        #expect(throws: SuperblockUpdate.Refusal.noRoomForLog) { try atEnd(23) }
    }

    /// In 1.0 a bad-block log lies in front of the superblock, where there is room.
    @Test func logsBeforeTheEnd() throws {
        func atEnd(_ gap: UInt64) throws -> SuperblockV1 {
            try updated(.badBlockLog) {
                $0.superOffset = Sectors(131056)
                $0.dataOffset = .zero
                $0.dataSize = Sectors(131056 - gap)
            }
        }
        #expect(try atEnd(8).badBlockOffset == -8)
        #expect(throws: SuperblockUpdate.Refusal.noRoom) { try atEnd(7) }
    }

    @Test func words() throws {
        #expect(try updated(.homeHost("h2")).name == Array("h2:foo".utf8))
        #expect(try updated(.homeHost(nil)).name == Array("foo".utf8))
        #expect(try updated(.resync).resyncOffset == 0)
        #expect(try updated(.deviceSize).dataSize == Sectors(407552))
        #expect(try updated(.uuid(UUID(bytes: [9]))).arrayUUID == UUID(bytes: [9]))
        #expect(try updated(.badBlockLog).badBlockOffset == 80)
        // Behind the bitmap, which is small or not known.
        for (bitmap, offset) in [(Sectors(8), Int32(80)), (Sectors(128), 136), (nil, 264)] {
            let block = try updated(.badBlockLog, bitmap: bitmap) {
                $0.features.insert(.bitmap)
                $0.bitmapOffset = 8
            }
            #expect(block.badBlockOffset == offset)
        }
        #expect(try updated(.noBadBlockLog(force: true)) { $0.features.insert(.badBlocks) }.features.isEmpty)
        #expect(throws: SuperblockUpdate.Refusal.badBlocksRecorded) {
            try updated(.noBadBlockLog(force: false)) { $0.features.insert(.badBlocks) }
        }
        #expect(throws: SuperblockUpdate.Refusal.noBitmap) { try updated(.homeCluster("x")) }
    }

    @Test func everyNodesHeaderFollows() throws {
        var header = BitmapSuperblock(version: 5)
        header.chunk = 64 << 20
        header.syncSize = Sectors(409600)
        header.nodes = 2
        let room = ByteCount(1 << 20)
        let named = try BitmapUpdate.changes(for: .homeCluster("xx"), header: header, room: room) { _ in header }
        #expect(named.map(\.offset) == [.zero, ByteCount(4096)])
        #expect(named.allSatisfy { BitmapSuperblock(reading: $0.bytes)?.clusterName == Array("xx".utf8) })
        let more = try BitmapUpdate.changes(for: .nodes(4), header: header, room: room) { _ in header }
        #expect(more.map(\.bytes.count) == [256, 256, 4096, 4096])
        #expect(throws: SuperblockUpdate.Refusal.tooManyNodes(limit: 255)) {
            try BitmapUpdate.changes(for: .nodes(500), header: header, room: room) { _ in header }
        }
    }
}
