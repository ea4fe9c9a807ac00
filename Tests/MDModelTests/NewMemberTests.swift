import MDBytes
import MDFormats
import MDModel
import Testing

/// What is written to a disk that is added, against what mdadm 4.6 wrote for the same members. Every byte from
/// 264 up is 0xff.
@Suite struct NewMemberTests {
    private struct Recording {
        let reference: String
        let written: String
        let location: Sectors
        let size: Sectors
        let number: Int
    }

    private static let beside = Recording(
        reference: "fc4e2ba9010000000100000000000000257a50c3e67a56f15bc2e3ced0d1e1996e6f6465313a780000000000"
            + "0000000000000000000000000000000000000000975f056b0000000001000000000000000038060000000000"
            + "0000000002000000080000000000000000000000000000000000000000000000000000000000000000080000"
            + "000000000038060000000000080000000000000000000000000000000000000000000000498b8211ad1dec0f"
            + "76e0289d8653198f0000080010000000985f056b000000001200000000000000ffffffffffffffffaf964550"
            + "80000000000000000000000000000000000000000000000000000000000000000000000000000100ffffffff",
        written: "fc4e2ba9010000000100000000000000257a50c3e67a56f15bc2e3ced0d1e1996e6f6465313a780000000000"
            + "0000000000000000000000000000000000000000975f056b0000000001000000000000000038060000000000"
            + "0000000002000000080000000000000000000000000000000000000000000000000000000000000000080000"
            + "00000000003806000000000008000000000000000000000000000000020000000000000072097a59a3e2cd6e"
            + "f24e8adc168c11e00000080010000000985f056b000000000000000000000000ffffffffffffffffcb807887"
            + "80000000000000000000000000000000000000000000000000000000000000000000000000000100ffffffff",
        location: Sectors(8), size: Sectors(409_600), number: 2)

    /// Metadata 1.0, and a disk that is larger than the member it follows.
    private static let atTheEnd = Recording(
        reference: "fc4e2ba90100000001000000000000007250e55f2963e3f2cd3250a98d363ae56e6f6465313a780000000000"
            + "0000000000000000000000000000000000000000c15f056b000000000100000000000000803f060000000000"
            + "0000000002000000f0ffffff0000000000000000000000000000000000000000000000000000000000000000"
            + "00000000e03f060000000000f03f060000000000000000000000000000000000000000006b6d3a02faa76eea"
            + "47aafadddafc359800000800f8ffffffd05f056b000000001300000000000000ffffffffffffffff80515b29"
            + "80000000000000000000000000000000000000000000000000000000000000000000000000000100ffffffff",
        written: "fc4e2ba90100000001000000000000007250e55f2963e3f2cd3250a98d363ae56e6f6465313a780000000000"
            + "0000000000000000000000000000000000000000c15f056b000000000100000000000000803f060000000000"
            + "0000000002000000f0ffffff0000000000000000000000000000000000000000000000000000000000000000"
            + "00000000e05f090000000000f05f09000000000000000000000000000300000000000000f47d6458db1882a2"
            + "90db6eb5eb03163800000800f8ffffffd05f056b000000000000000000000000ffffffffffffffff334bf3ae"
            + "80000000000000000000000000000000000000000000000000000000000000000000000000000100ffffffff",
        location: Sectors(409_584), size: Sectors(614_400), number: 3)

    private static func block(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        return bytes + [UInt8](repeating: 0xff, count: SuperblockV1.areaBytes - bytes.count)
    }

    private static func disk(
        of size: Sectors, number: Int, flags: SuperblockV1.DeviceFlags = []
    ) -> NewMember.Disk {
        NewMember.Disk(device: DeviceNumber(major: 254, minor: 80), size: size, number: number, flags: flags)
    }

    @Test(arguments: [0, 1])
    func writesWhatMdadmWrites(_ index: Int) throws {
        let recording = [Self.beside, Self.atTheEnd][index]
        let found = try SuperblockV1(reading: Self.block(recording.reference), at: recording.location)
        let reference = try #require(found)
        let expected = Array(Self.block(recording.written).prefix(512))
        let uuid = UUID(bytes: expected[168..<184])
        let disk = Self.disk(of: recording.size, number: recording.number)
        let fresh = try #require(NewMember(after: .version1(reference), disk, uuid: uuid)).superblock
        #expect(fresh.writtenBytes == expected)
        let bitmap = reference.bitmapOffset < 0 ? Sectors(614_368) : Sectors(16)
        #expect(fresh.bitmapPlace == bitmap)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let reference = try #require(try SuperblockV1(reading: Self.block(Self.beside.reference), at: Sectors(8)))
        for disk in [Self.disk(of: Sectors(2047), number: 2), Self.disk(of: Sectors(409_600), number: 1920)] {
            #expect(NewMember(after: .version1(reference), disk, uuid: .zero) == nil)
        }
    }

    @Test func forgetsWhatIsTheMembersOwn() throws {
        var reference = try #require(try SuperblockV1(reading: Self.block(Self.beside.reference), at: Sectors(8)))
        reference.deviceFlags = [.writeMostly]
        reference.features.formUnion([.badBlocks, .recoveryOffset, .replacement])
        let disk = Self.disk(of: Sectors(409_600), number: 5, flags: [.failfast])
        let fresh = try #require(NewMember(after: .version1(reference), disk, uuid: .zero)?.superblock.version1)
        #expect(fresh.deviceFlags == [.failfast])
        #expect(fresh.features == [.bitmap])
        #expect(fresh.role(of: 5) == .spare)
        #expect(fresh.isChecksumCorrect)
    }

    /// mdadm 4.6 wrote such a row: numbered, without a slot, and all else as the member has it.
    @Test func version0GetsARow() throws {
        let uuid = UUID(bytes: [UInt8](1...16))
        let array = SuperblockV0.NewArray(uuid: uuid, time: 7, level: 1, raidDisks: 2, diskCount: 2)
        let rows = (UInt32(0)..<2).map {
            SuperblockV0.Disk(
                number: $0, device: DeviceNumber(major: 254, minor: 16 * ($0 + 1)), raidDisk: $0, state: [.active, .sync])
        }
        var reference = SuperblockV0(array, disks: rows)
        reference.assign(to: rows[0])
        reference.seal()
        let size = Sectors(65536)
        let disk = Self.disk(of: size, number: 3, flags: [.writeMostly])
        let made = try #require(NewMember(after: .version0(reference, at: Sectors(65408)), disk, uuid: .zero)).superblock
        guard case .version0(let block, let place) = made else { return #expect(Bool(false), "the format changed") }
        #expect(place == Sectors(65408) && block.isChecksumCorrect && block.arrayUUID == uuid)
        #expect(block.ownDisk == block.disk(of: 3))
        #expect(block.ownDisk.device == disk.device && block.ownDisk.raidDisk == .max)
        #expect(block.ownDisk.state == [.writeMostly] && made.ownRole == .spare && made.isWriteMostly)
        #expect(block.disk(of: 0) == rows[0] && block.disk(of: 1) == rows[1] && block.events == reference.events)
        for disk in [Self.disk(of: Sectors(127), number: 2), Self.disk(of: size, number: 27)] {
            #expect(NewMember(after: made, disk, uuid: .zero) == nil)
        }
    }

    @Test func bitmapAreasAreWhole() throws {
        var header = BitmapSuperblock(version: 4)
        header.syncSize = Sectors(407_552)
        header.chunk = 65536 << 10
        let elder = MemberSuperblock.version0(SuperblockV0(
            .init(uuid: .zero, time: 0, level: 1, raidDisks: 2, diskCount: 2), disks: []), at: Sectors(65408))
        let long = try #require(NewMember.bitmapArea(header: header, of: elder, filled: true))
        #expect(long.count == 60 << 10 && long[256...].allSatisfy { $0 == 0xff })
        let member = MemberSuperblock.version1(SuperblockV1(roleCount: 2))
        let full = try #require(NewMember.bitmapArea(header: header, of: member, filled: true))
        #expect(full.count == 4096)
        #expect(full[..<256] == header.image[...])
        #expect(full[256...].allSatisfy { $0 == 0xff })
        header.chunk = 0
        #expect(NewMember.bitmapArea(header: header, of: member, filled: true) == nil)
        header.chunk = 512
        header.syncSize = Sectors(.max)
        #expect(NewMember.bitmapArea(header: header, of: member, filled: true) == nil)
    }
}
