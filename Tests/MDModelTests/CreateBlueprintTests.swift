import MDBytes
import MDFormats
import MDModel
import Testing

@Suite struct CreateBlueprintTests {
    /// A mirror over one device of this size and a missing one.
    private func superblock(_ size: Sectors, metadata: String, bitmapChunk: UInt64? = nil) throws -> SuperblockV1 {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.common.metadata = metadata
        request.level = .raid1
        request.raidDevices = 2
        request.bitmap = .internal
        request.devices = [DeviceOperand(path: "a"), DeviceOperand(path: "missing")]
        let shape = try CreateShape(judging: request, metadata: nil)
        let offset = MemberGeometry.dataOffset(deviceSize: size, chunk: shape.chunk, version: shape.version)
        let usable = MemberGeometry.usable(
            deviceSize: size, dataOffset: offset, reserve: MemberGeometry.bitmapReserve(for: size),
            version: shape.version)
        let offer = CreateSize.Offer(path: "a", deviceSize: size, usable: usable)
        var options = CreateBlueprint.Options()
        options.bitmapChunk = bitmapChunk
        let blueprint = try CreateBlueprint(
            shape, slots: CreateSlots(shape, assumeClean: true, force: false),
            componentSize: CreateSize.weigh([offer], asked: nil, shape: shape).componentSize,
            devices: [0: CreateBlueprint.Device(path: "a", size: size, dataOffset: offset, uuid: .zero)],
            identity: CreateBlueprint.Identity(uuid: .zero, name: [], time: 0), options: options)
        let member = try #require(blueprint.members.first)
        let block = member.superblock + [UInt8](repeating: 0, count: 4096 - member.superblock.count)
        return try #require(try SuperblockV1(reading: block, at: member.location))
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
}
