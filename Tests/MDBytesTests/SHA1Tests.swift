import MDBytes
import Testing

/// The digests of FIPS 180-4's examples and of lengths around a block's end, by another program.
@Suite struct SHA1Tests {
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("node1", "f937c37e949d9efa20d2958af309235c73ec039a"),
    ])
    func knownDigests(_ message: String, _ digest: String) {
        #expect(SHA1.digest(message.utf8).hexText == digest)
    }

    @Test(arguments: [
        (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"), (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
        (63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"), (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"), (120, "f34c1488385346a55709ba056ddd08280dd4c6d6"),
    ])
    func lengthsAroundABlock(_ count: Int, _ digest: String) {
        #expect(SHA1.digest([UInt8](repeating: UInt8(ascii: "a"), count: count)).hexText == digest)
    }
}
