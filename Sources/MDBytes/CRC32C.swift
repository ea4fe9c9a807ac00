/// The checksum that the kernel calls crc32c_le: Castagnoli's polynomial, least significant bit first, without a
/// final inversion.
package enum CRC32C {
    private static let polynomial: UInt32 = 0x82f6_3b78

    /// The sum of `bytes`, going on from `seed`.
    package static func sum(_ bytes: some Sequence<UInt8>, seed: UInt32 = .max) -> UInt32 {
        var sum = seed
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ polynomial }
        }
        return sum
    }
}
