import MDBytes
import MDFormats
import MDModel
import Testing

/// Superblocks of metadata 0.90 as mdadm 4.6 wrote them in the lab, on disks of 64 MiB. The checksum covers every
/// word, so a few words beside it tell whether the block is the same.
@Suite struct CreateVersion0Tests {
    /// Disks are vdb (254:16), vdc (254:32) and so on, `missing` where the list has no name.
    private func members(
        _ level: Level, _ devices: [String], raid: Int, minor: UInt32 = 0, uuid: [UInt32], time: UInt64,
        size: UInt64 = 65472, _ edit: (inout CreateRequest) -> Void = { _ in }
    ) throws -> [CreateBlueprint.Member] {
        var request = CreateRequest(common: CommonOptions(), array: "/dev/md0")
        request.common.metadata = "0.90"
        request.level = level
        request.raidDevices = raid
        request.devices = devices.map { DeviceOperand(path: $0) }
        edit(&request)
        request.spareDevices = request.devices.filter { !$0.isJournal }.count - raid
        let shape = try CreateShape(judging: request, metadata: nil)
        var found: [Int: CreateBlueprint.Device] = [:]
        for (index, operand) in request.devices.enumerated() where !operand.isMissing {
            var device = CreateBlueprint.Device(
                path: operand.path, size: Sectors(131_072), dataOffset: request.dataOffset ?? .zero, uuid: .zero)
            let letter = UInt32(operand.path.utf8.last ?? 0) - UInt32(UInt8(ascii: "a"))
            device.number = DeviceNumber(major: 254, minor: 16 * letter)
            found[index] = device
        }
        let bytes = uuid.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        var blueprint = try CreateBlueprint(
            shape, slots: CreateSlots(shape, assumeClean: request.assumeClean, force: false),
            componentSize: Sectors(size * 2), devices: found,
            identity: CreateBlueprint.Identity(uuid: UUID(bytes: bytes), name: [], time: time),
            options: CreateBlueprint.Options())
        blueprint.prefer(minor: minor)
        return blueprint.members
    }

    private func checksums(_ members: [CreateBlueprint.Member]) throws -> [UInt32] {
        try members.map { member in
            let block = try #require(SuperblockV0(reading: member.superblock))
            #expect(block.isChecksumCorrect && block.minorVersion == 90 && block.events == 1)
            #expect(member.location == Sectors(130_944))
            return block.checksum
        }
    }

    private static let host: [UInt32] = [0x7ec3_37f9, 0xfa9e_9d94]

    @Test func mirrors() throws {
        let plain = try members(
            .raid1, ["vdb", "vdc"], raid: 2, uuid: [0xcf65_e531, 0x8ed8_875a] + Self.host, time: 0x6b07_96e8)
        #expect(try checksums(plain) == [0x56db_c25a, 0x56db_c26c])
        let mapped = try members(
            .raid1, ["vdb", "vdc"], raid: 2, minor: 127, uuid: [0xa5f7_1eb9, 0x65e9_a67f] + Self.host,
            time: 0x6b07_96f9
        ) { $0.bitmap = .internal }
        #expect(try checksums(mapped) == [0x047e_1ca8, 0x047e_1cba])
        // The bitmap takes all that is left of the last 64 KiB.
        #expect(mapped[0].bitmapLocation == Sectors(130_952) && mapped[0].bitmap.count == 61440)
        let wide = try members(
            .raid1, ["vdb", "vdc"] + [String](repeating: "missing", count: 25), raid: 27,
            uuid: [0x5845_a8d7, 0x9ea6_bd9d] + Self.host, time: 0x6b07_9809)
        #expect(try checksums(wide)[0] == 0xef89_becf)
    }

    @Test func parity() throws {
        let five = try members(
            .raid5, ["vdb", "vdc", "vdd", "vde"], raid: 3, uuid: [0x76fb_fa41, 0xdcea_eeb4] + Self.host,
            time: 0x6b07_9726, size: 65024)
        #expect(five.map(\.path) == ["vdb", "vdc", "vde", "vdd"])
        #expect(try checksums(five)[0] == 0x4c8c_400a)
        #expect(try checksums(five)[3] == 0x4c8c_402c)
        let six = try members(
            .raid6, ["missing", "vdb", "vdc", "vdd", "vde"], raid: 5, uuid: [0x43f1_db9a, 0xa45a_4496] + Self.host,
            time: 0x6b07_97b7
        ) { $0.chunkKiB = 32 }
        #expect(try checksums(six)[0] == 0xe0e9_fa39)
        let logged = try members(
            .raid5, ["vdb", "vdc", "vdd", "vde"], raid: 3, uuid: [0x67e6_50fb, 0x0ee4_68c5] + Self.host,
            time: 0x6b07_9830, size: 65024
        ) { $0.devices[3].isJournal = true }
        #expect(try checksums(logged)[0] == 0x6f71_12e0)
    }

    @Test func otherLevels() throws {
        let far = try members(
            .raid10, ["vdb", "vdc", "vdd"], raid: 3, uuid: [0xc5cc_5984, 0xa049_1755] + Self.host, time: 0x6b07_97a2
        ) { request in
            request.layout = "f2"
            request.chunkKiB = 32
        }
        #expect(try checksums(far)[0] == 0x5eb3_4b62)
        let linear = try members(
            .linear, ["vdb", "vdc"], raid: 2, uuid: [0x9165_b678, 0xa032_0021] + Self.host, time: 0x6b07_98b3, size: 0)
        #expect(try checksums(linear)[0] == 0x2a34_103e)
        let faulty = try members(
            .faulty, ["vdb"], raid: 1, uuid: [0x6ca0_86de, 0x347e_ae17] + Self.host, time: 0x6b07_98f0)
        #expect(try checksums(faulty) == [0x99bc_8dc4])
        let paths = try members(
            .multipath, ["vdb"], raid: 1, uuid: [0x60cd_845c, 0xd304_f0d1] + Self.host, time: 0x6b07_9907)
        #expect(try checksums(paths) == [0x2c6f_ce0d])
    }

    private func refusal(of level: Level, _ count: Int, raid: Int? = nil, _ edit: (inout CreateRequest) -> Void)
        -> CreateRefusal?
    {
        do {
            let names = (0..<count).map { "vd\(Character(Unicode.Scalar(UInt8(97 + $0 % 26))))" }
            _ = try members(level, names, raid: raid ?? count, uuid: [0, 0, 0, 0], time: 0, edit)
            return nil
        } catch { return error as? CreateRefusal }
    }

    @Test func limits() {
        #expect(refusal(of: .raid1, 28) { _ in } == .version0(.disks))
        #expect(refusal(of: .raid1, 28, raid: 26) { _ in } == .tooManyDevices(limit: 27))
        #expect(refusal(of: .raid5, 27) { _ in } == .version0(.moved))
        #expect(refusal(of: .raid5, 27) { $0.assumeClean = true } == nil)
        #expect(refusal(of: .raid1, 2) { $0.dataOffset = Sectors(8192) } == .version0(.dataOffset))
        #expect(refusal(of: .raid5, 3) { $0.consistencyPolicy = "ppl" } == .version0(.partialParityLog))
        #expect(refusal(of: .raid0, 2) { $0.layout = "original" } == .version0(.raid0Layout))
        #expect(refusal(of: .raid0, 2) { $0.layout = "dangerous" } == nil)
    }

    /// SHA-1 of the host's name, as `--homehost=foo` and `--homehost=any` left it; a uuid given in words is taken as
    /// numbers.
    @Test func uuids() {
        let random = [UInt8](0..<16)
        let ofHost = CreateFormat.version0.uuid(asked: nil, host: "foo", random: random)
        #expect(ofHost.bytes == Array(random.prefix(8)) + [0x0b, 0xee, 0xc7, 0xb5, 0xea, 0x3f, 0x0f, 0xdb])
        #expect(CreateFormat.version0.uuid(asked: nil, host: nil, random: random).bytes == random)
        let asked = CreateFormat.version0.uuid(asked: UUID(bytes: random), host: "foo", random: [])
        #expect(asked.bytes == [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12])
        #expect(CreateFormat.version1(.atEnd).uuid(asked: nil, host: "foo", random: random).bytes == random)
    }

    @Test func descriptors() {
        for word in ["0", "0.90", "00.90", "0.91", "0.swap", "0.9"] { #expect(CreateFormat(word: word) == .version0) }
        #expect(CreateFormat(word: nil) == .version1(.fourKiBIn))
        #expect(CreateFormat(word: "ddf") == nil)
    }
}
