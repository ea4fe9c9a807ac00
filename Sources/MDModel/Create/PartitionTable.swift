package import MDBytes
internal import MDFormats

/// What `--create` wants to know of a partition table: that there is one, and where its last partition ends.
package struct PartitionTable: Hashable, Sendable {
    /// The first sector behind the last partition; zero where there is none.
    package var end: Sectors

    /// The table at the start of a device, GPT before MBR; nil where there is neither.
    package init?(front: [UInt8]) {
        guard front.count >= 512, front[510] == 0x55, front[511] == 0xaa else { return nil }
        let isDescribed = front[440..<510].contains { $0 != 0 }
        guard isDescribed else { return nil }
        let slots = (0..<4).map { 446 + 16 * $0 }
        if slots.contains(where: { front[$0 + 4] == 0xee }), let end = Self.lastOfGPT(front) {
            self.end = end
            return
        }
        let ends = slots.map { slot -> UInt64 in
            guard front[slot + 4] != 0 else { return 0 }
            return UInt64(front[Field<UInt32>(at: slot + 8)]) + UInt64(front[Field<UInt32>(at: slot + 12)])
        }
        end = Sectors(ends.max() ?? 0)
    }

    /// The end of a GPT's last partition, as far as its entries lie within `front`; nil without a header.
    private static func lastOfGPT(_ front: [UInt8]) -> Sectors? {
        guard front.count >= 1024, Array(front[512..<520]) == Array("EFI PART".utf8) else { return nil }
        let start = front[Field<UInt64>(at: 512 + 72)]
        let count = front[Field<UInt32>(at: 512 + 80)]
        let size = Int(front[Field<UInt32>(at: 512 + 84)])
        guard start >= 2, start < UInt64(front.count / 512), (128...4096).contains(size) else { return Sectors(0) }
        var last: UInt64 = 0
        for index in 0..<Int(min(count, 128)) {
            let entry = Int(start) * 512 + index * size
            guard entry + 48 <= front.count else { break }
            guard front[entry..<entry + 16].contains(where: { $0 != 0 }) else { continue }
            let (end, overflow) = front[Field<UInt64>(at: entry + 40)].addingReportingOverflow(1)
            if !overflow { last = max(last, end) }
        }
        return Sectors(last)
    }
}
