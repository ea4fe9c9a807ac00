import MDBytes
import MDFormats
import Testing

/// Logs without entries, byte by byte as mdadm 4.6 wrote them in the lab.
@Suite struct LogTests {
    private static let uuid = UUID(
        bytes: [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef])

    /// The check value of CRC-32C, which has a final inversion.
    @Test func checksumIsCastagnolis() {
        #expect(~CRC32C.sum(Array("123456789".utf8)) == 0xe306_9283)
    }

    @Test func parityLog() {
        let area = PartialParityLog.area(of: Self.uuid)
        #expect(area.count == 1 << 20)
        #expect(area[..<512].allSatisfy { $0 == 0xff })
        #expect(Array(area[512..<536]) == [0x7a, 0x4a, 0x73, 0x97] + [UInt8](repeating: 0, count: 16) + [0x82, 0x94, 0x87, 0x85])
        #expect(area[536...].allSatisfy { $0 == 0 })
    }

    @Test func journal() {
        let block = WriteJournal.emptyBlock(of: Self.uuid, first: 0xe5d6_36bf)
        let head: [UInt8] = [
            0x09, 0xc5, 0x33, 0x64, 0xaa, 0xf8, 0x95, 0xc7, 1, 0, 0, 0, 0x20, 0, 0, 0, 0xbf, 0x36, 0xd6, 0xe5,
        ]
        #expect(Array(block[..<20]) == head)
        #expect(block.count == 4096 && block[20...].allSatisfy { $0 == 0 })
    }
}
