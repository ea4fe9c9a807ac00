package import MDBytes

/// The partial parity log of a raid5 member, as it is before anything was written to the array.
///
/// Source: struct ppl_header of `linux/raid/md_p.h`.
package enum PartialParityLog {
    /// The whole area: a header and room for parity.
    package static let sectors: UInt64 = 2048
    /// From the superblock of 1.1 and 1.2 to the area, in sectors.
    package static let offset: Int16 = 8

    private static let headerBytes = 4096
    /// PPL_HDR_RESERVED: bytes that are filled with ones.
    private static let reserved = 512
    private static let signature = Field<UInt32>(at: 512)
    private static let checksum = Field<UInt32>(at: 532)

    /// The area of a member of the array with this uuid: no entries, generation 0.
    package static func area(of array: UUID) -> [UInt8] {
        header(of: array) + [UInt8](repeating: 0, count: Int(sectors) * 512 - headerBytes)
    }

    /// The block that the area begins with.
    package static func header(of array: UUID) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: headerBytes)
        for index in 0..<reserved { header[index] = 0xff }
        header[signature] = ~CRC32C.sum(array.bytes)
        header[checksum] = ~CRC32C.sum(header)
        return header
    }
}
