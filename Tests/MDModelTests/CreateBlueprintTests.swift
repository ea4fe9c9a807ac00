import MDBytes
import MDFormats
import MDModel
import Testing

@Suite struct CreateBlueprintTests {
    /// A stripe uses all of each member, but records the size that was asked for, as mdadm does.
    @Test func stripesRecordOnlyAnAskedSize() throws {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.level = .raid0
        request.raidDevices = 2
        request.devices = [DeviceOperand(path: "a"), DeviceOperand(path: "b")]
        let shape = try CreateShape(judging: request, metadata: nil)
        let offers = ["a", "b"].map { CreateSize.Offer(path: $0, deviceSize: Sectors(65536), usable: Sectors(61440)) }
        #expect(CreateSize.weigh(offers, asked: nil, shape: shape).componentSize == .zero)
        #expect(CreateSize.weigh(offers, asked: Sectors(32768), shape: shape).componentSize == Sectors(32768))
    }

    /// A mirror over one device of this size and a missing one.
    private func superblock(_ size: Sectors, metadata: String, bitmapChunk: UInt64? = nil) throws -> SuperblockV1 {
        try superblock(of: member(size, metadata: metadata) { $0.bitmapChunk = bitmapChunk })
    }

    private func member(
        _ size: Sectors, metadata: String, bitmap: BitmapChoice = .internal,
        change: (inout CreateBlueprint.Options) -> Void
    ) throws -> CreateBlueprint.Member {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.common.metadata = metadata
        request.level = .raid1
        request.raidDevices = 2
        request.bitmap = bitmap
        request.devices = [DeviceOperand(path: "a"), DeviceOperand(path: "missing")]
        let shape = try CreateShape(judging: request, metadata: nil)
        let offset = MemberGeometry.dataOffset(
            deviceSize: size, chunk: shape.chunk, reserve: shape.reserve(for: size),
            version: metadata == "1.0" ? .atEnd : .fourKiBIn)
        let usable = MemberGeometry.usable(
            deviceSize: size, dataOffset: offset, reserve: MemberGeometry.bitmapReserve(for: size),
            version: metadata == "1.0" ? .atEnd : .fourKiBIn)
        let offer = CreateSize.Offer(path: "a", deviceSize: size, usable: usable)
        var options = CreateBlueprint.Options()
        change(&options)
        let blueprint = try CreateBlueprint(
            shape, slots: CreateSlots(shape, assumeClean: true, force: false),
            componentSize: CreateSize.weigh([offer], asked: nil, shape: shape).componentSize,
            devices: [0: CreateBlueprint.Device(path: "a", size: size, dataOffset: offset, uuid: .zero)],
            identity: CreateBlueprint.Identity(uuid: .zero, name: [], time: 0), options: options)
        return try #require(blueprint.members.first)
    }

    /// What mdadm 4.6 wrote with `--bitmap=lockless`, but for the bad-block log, which it puts into the bitmap.
    @Test(arguments: [false, true])
    func lockless(isTakenForClean: Bool) throws {
        let member = try member(Sectors(131_072), metadata: "1.2", bitmap: .lockless) {
            $0.isTakenForClean = isTakenForClean
        }
        let block = try superblock(of: member)
        #expect(block.bitmapOffset == 8 && block.badBlockOffset == 264 && block.dataOffset == Sectors(2048))
        let header = try #require(BitmapSuperblock(reading: member.bitmap))
        #expect(header.version == 6 && header.state == (isTakenForClean ? 0x18 : 8) && header.sectorsReserved == 256)
        #expect(header.chunk == 64 << 20 && header.daemonSleep == 5 && header.syncSize == Sectors(129_024))
        #expect(member.bitmap.count == 4096 && member.bitmap[256...].allSatisfy { $0 == 0xff })
    }

    /// GiB, bitmap chunk, bad-block log from the superblock: what mdadm 4.6 wrote with `--bitmap=internal`.
    @Test(arguments: [
        (1, nil, 16), (10, nil, 16), (250, nil, 16), (2048, nil, 24), (15000, nil, 72), (15000, 16 << 20, 248),
    ] as [(UInt64, UInt64?, Int32)])
    func theLogFollowsTheBitmap(gibibytes: UInt64, chunk: UInt64?, log: Int32) throws {
        let block = try superblock(Sectors(gibibytes << 21), metadata: "1.2", bitmapChunk: chunk)
        #expect(block.badBlockOffset == log)
        #expect(block.bitmapOffset == 8)
        #expect(block.isChecksumCorrect)
    }

    /// GiB and the KiB that the kernel found on a 1.0 member that mdadm 4.6 made.
    @Test(arguments: [(250, 262_143_984), (2048, 2_147_483_628), (15000, 15_728_639_956)] as [(UInt64, UInt64)])
    func dataEndsBeforeTheBitmap(gibibytes: UInt64, kibibytes: UInt64) throws {
        let block = try superblock(Sectors(gibibytes << 21), metadata: "1.0")
        #expect(block.dataSize.kibibytes == kibibytes)
    }

    /// Three of raid5 on 64 MiB each, 512 KiB chunks, and what else `edit` asks for.
    private func parity(_ paths: [String], _ edit: (inout CreateRequest) -> Void) throws -> [CreateBlueprint.Member] {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.level = .raid5
        request.raidDevices = 3
        request.devices = paths.map { DeviceOperand(path: $0) }
        edit(&request)
        let shape = try CreateShape(judging: request, metadata: nil)
        let size = Sectors(131_072)
        let offset = MemberGeometry.dataOffset(
            deviceSize: size, chunk: shape.chunk, reserve: shape.reserve(for: size), version: .fourKiBIn)
        let devices = paths.enumerated().map { index, path in
            (index, CreateBlueprint.Device(path: path, size: size, dataOffset: offset, uuid: .zero))
        }
        var options = CreateBlueprint.Options()
        options.journalStart = 0xe5d6_36bf
        return try CreateBlueprint(
            shape, slots: CreateSlots(shape, assumeClean: false, force: false), componentSize: Sectors(124_928),
            devices: Dictionary(uniqueKeysWithValues: devices),
            identity: CreateBlueprint.Identity(uuid: Self.uuid, name: [], time: 0), options: options
        ).members
    }

    private static let uuid = UUID(bytes: Array(0xa0...0xaf))

    private func superblock(of member: CreateBlueprint.Member) throws -> SuperblockV1 {
        let block = member.superblock + [UInt8](repeating: 0, count: 4096 - member.superblock.count)
        return try #require(try SuperblockV1(reading: block, at: member.location))
    }

    /// As mdadm 4.6 laid it out in the lab: 1 MiB behind the superblock, the bad-block log behind that.
    @Test func parityLogHasRoomOfItsOwn() throws {
        let members = try parity(["a", "b", "c"]) { $0.consistencyPolicy = "ppl" }
        for member in members {
            let block = try superblock(of: member)
            #expect(block.features == [.ppl] && block.pplOffset == 8 && block.pplSize == 2048)
            #expect(block.dataOffset == Sectors(6144) && block.badBlockOffset == 2056)
            #expect(member.log?.location == Sectors(16))
            #expect(member.log?.bytes == PartialParityLog.area(of: Self.uuid))
        }
        #expect(members.map(\.disk.number) == [0, 1, 3])
    }

    /// A journal has a number, but no slot; the last member still is recovered onto.
    @Test func journalLiesWhereDataWouldBegin() throws {
        let members = try parity(["a", "b", "c", "j"]) { $0.devices[3].isJournal = true }
        #expect(members.map(\.disk.number) == [0, 1, 3, 4] && members.map(\.path) == ["a", "b", "j", "c"])
        let block = try superblock(of: members[2])
        #expect(block.features == [.journal] && block.ownRole == .journal && block.events == 0)
        #expect(block.dataOffset == Sectors(4096))
        #expect(members.map { $0.log?.location } == [nil, nil, Sectors(4096), nil])
        #expect(members[2].log?.bytes == WriteJournal.emptyBlock(of: Self.uuid, first: 0xe5d6_36bf))
        let first = try superblock(of: try parity(["j", "a", "b", "c"]) { $0.devices[0].isJournal = true }[0])
        #expect(first.ownRole == .journal && first.events == 1)
    }
}
