/// The checksum that the kernel calls crc32c_le: Castagnoli's polynomial, least significant bit first, without a
/// final inversion.
package enum CRC32C {
    /// The sum of `bytes`, going on from `seed`.
    package static func sum(_ bytes: [UInt8], seed: UInt32 = .max) -> UInt32 { sum(bytes[...], seed: seed) }

    /// The sum of a part of an array, going on from `seed`. No generic function: those of another module are not
    /// specialised, and cost some calls for each byte.
    package static func sum(_ bytes: ArraySlice<UInt8>, seed: UInt32 = .max) -> UInt32 {
        bytes.reduce(seed, step)
    }

    /// The sum with one byte more.
    package static func step(_ sum: UInt32, _ byte: UInt8) -> UInt32 {
        table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8)
    }

    /// One entry a byte, from the reversed polynomial.
    private static let table: [UInt32] = (0..<256).map { value in
        (0..<8).reduce(UInt32(value)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
    }
}
