internal import MDBytes
internal import MDFormats

/// Changes a few fields of an image, with a taste for extremes.
package struct Mutator: Sendable {
    private var dice: SeededGenerator
    private static let extremes: [UInt64] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, .max, 1 << 63]

    package init(seed: UInt64) { dice = SeededGenerator(seed: seed) }

    /// Golden members: a mirror with a bitmap, a clustered one, a raid5 and a raid0; the first 16 KiB of each.
    package static func members() -> [[UInt8]] {
        var fixtures = [
            ArrayFixture(), ArrayFixture(), ArrayFixture(level: 5, raidDisks: 3), ArrayFixture(level: 0, raidDisks: 2),
        ]
        fixtures[0].bitmap = .internal
        fixtures[1].bitmap = .clustered(nodes: 3, cluster: "lab")
        return fixtures.map { fixture in
            let block = fixture.superblock(number: 0, deviceSectors: 131_072, members: Int(fixture.raidDisks))
            var image = [UInt8](repeating: 0, count: 4096) + block.image
            if let header = fixture.bitmapHeader(syncSize: block.size.rawValue) { image += header.image }
            return image + [UInt8](repeating: 0, count: 16384 - image.count)
        }
    }

    /// A changed copy. Most copies keep a valid checksum, so that what lies behind it is reached.
    package mutating func mutate(_ golden: [UInt8], reseal: Bool = true) -> [UInt8] {
        var image = golden
        let first = image.count > 4096 ? 4096 : 0
        let span = image.count > 8448 ? 4352 : 512
        for _ in 0..<1 + dice.next() % 6 {
            let place = first + Int(dice.next() % UInt64(span))
            switch dice.next() % 4 {
            case 0: image[place] ^= 1 << UInt8(dice.next() % 8)
            case 1: image[place] = UInt8(truncatingIfNeeded: dice.next())
            case 2: put(Self.extremes[Int(dice.next() % UInt64(Self.extremes.count))], at: place & ~3, 4, &image)
            default: put(Self.extremes[Int(dice.next() % UInt64(Self.extremes.count))], at: place & ~7, 8, &image)
            }
        }
        if dice.next() % 8 != 0, reseal { seal(&image) }
        return image
    }

    /// A golden member of metadata 0.90: its superblock, and the header of its bitmap behind it.
    package static func elder() -> [UInt8] {
        var image = [UInt8](repeating: 0, count: 8192)
        func put(_ word: Int, _ value: UInt32) { image[Field<UInt32>(at: 4 * word)] = value }
        let words: [(Int, UInt32)] = [
            (0, 0xa92b_4efc), (2, 90), (5, 1), (6, 1_700_000_000), (7, 1), (8, 1000), (9, 3), (10, 2), (11, 5), (13, 2),
            (14, 3), (15, 4), (32, 1_700_000_001), (33, 0x101), (34, 2), (35, 3), (37, 1), (39, 7),
        ]
        for (word, value) in words { put(word, value) }
        // Its own row stands behind the table.
        for (row, disk) in [0, 1, 2, 27].enumerated() {
            let number = UInt32(row % 3)
            for (index, value) in [number, 8, 16 * number, number, number < 2 ? 6 : 0].enumerated() {
                put(128 + 32 * disk + index, value)
            }
        }
        var header = BitmapSuperblock(version: 4)
        header.uuid = UUID(bytes: image[20..<24] + image[52..<64])
        header.chunk = 65536
        header.syncSize = Sectors(2000)
        image.replaceSubrange(4096..<4096 + header.image.count, with: header.image)
        return image
    }

    /// A changed copy of such a member; hits the words that mean something.
    package mutating func mutate(elder golden: [UInt8]) -> [UInt8] {
        var image = golden
        let places = Array(1..<66) + Array(128..<224) + Array(992..<998) + Array(1024..<1060)
        for _ in 0..<1 + dice.next() % 5 {
            let place = 4 * places[Int(dice.next() % UInt64(places.count))]
            let extreme = Self.extremes[Int(dice.next() % UInt64(Self.extremes.count))]
            put(dice.next() % 2 == 0 ? extreme : dice.next(), at: place, 4, &image)
        }
        return image
    }

    private func put(_ value: UInt64, at place: Int, _ count: Int, _ image: inout [UInt8]) {
        for index in 0..<count where place + index < image.count {
            image[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    private func seal(_ image: inout [UInt8]) {
        do throws(SuperblockV1.Rejection) {
            guard var block = try SuperblockV1(reading: Array(image[4096..<8192]), at: Sectors(8)) else { return }
            block.seal()
            image.replaceSubrange(4096..<8192, with: block.image)
        } catch { return }
    }
}
