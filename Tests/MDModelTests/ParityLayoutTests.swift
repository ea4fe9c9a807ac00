import MDModel
import Testing

/// Where data and parity lie. The rows are what the kernel wrote in the lab (case `compare-restore` compares bytes).
@Suite struct ParityLayoutTests {
    private static let layouts: [(Level, [Int32])] = [
        (.raid4, [0]), (.raid5, Array(0...5)), (.raid6, Array(0...5) + Array(8...10) + Array(16...20)),
    ]

    @Test func everySlotHoldsOneThing() throws {
        for (level, layouts) in Self.layouts {
            for layout in layouts {
                for disks in 4...9 {
                    let parity = try #require(ParityLayout(level: level, layout: layout, disks: disks))
                    for number in 0..<UInt64(2 * disks) {
                        let stripe = parity.stripe(number)
                        let slots = stripe.data + [stripe.parity] + (stripe.syndrome.map { [$0] } ?? [])
                        #expect(slots.sorted() == Array(0..<disks), "\(level) \(layout) \(disks) \(number)")
                        #expect(stripe.data.count == parity.dataDisks)
                    }
                }
            }
        }
    }

    @Test func layoutsAreTheKernels() throws {
        func rows(_ level: Level, _ layout: Int32, _ disks: Int) throws -> [ParityLayout.Stripe] {
            let parity = try #require(ParityLayout(level: level, layout: layout, disks: disks))
            return (0..<3).map { parity.stripe($0) }
        }
        #expect(try rows(.raid5, 2, 3).map(\.data) == [[0, 1], [2, 0], [1, 2]])
        #expect(try rows(.raid5, 0, 3).map(\.data) == [[0, 1], [0, 2], [1, 2]])
        #expect(try rows(.raid5, 1, 3).map(\.parity) == [0, 1, 2])
        #expect(try rows(.raid6, 2, 4).map(\.data) == [[1, 2], [0, 1], [3, 0]])
        #expect(try rows(.raid6, 2, 4).map(\.syndrome) == [0, 3, 2])
        #expect(try rows(.raid6, 10, 4).map(\.data) == [[0, 1], [3, 0], [2, 3]])
        #expect(try rows(.raid6, 18, 4).map(\.data) == [[0, 1], [2, 0], [1, 2]])
    }

    @Test func whatNoArrayHasIsRefused() {
        for (level, layout, disks) in [
            (Level.raid5, Int32(6), 4), (.raid6, 7, 5), (.raid6, 21, 5), (.raid6, 2, 3), (.raid5, 2, 1), (.raid0, 0, 4),
            (.raid5, 2, 1 << 20), (.raid5, -1, 4),
        ] { #expect(ParityLayout(level: level, layout: layout, disks: disks) == nil) }
    }

    /// Bit by bit, as the field is defined.
    private func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var (sum, factor) = (UInt16(0), UInt16(left))
        for bit in 0..<8 {
            if right & 1 << UInt8(bit) != 0 { sum ^= factor }
            factor <<= 1
            if factor & 0x100 != 0 { factor ^= 0x11d }
        }
        return UInt8(sum)
    }

    @Test func parityAndSyndromeAreSums() throws {
        var generator = SystemRandomNumberGenerator()
        let layout = try #require(ParityLayout(level: .raid6, layout: 2, disks: 7))
        for number in 0..<UInt64(7) {
            let stripe = layout.stripe(number)
            let data = (0..<5).map { _ in (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }[...] }
            let chunks = Dictionary(uniqueKeysWithValues: stripe.chunks(of: data).map { ($0.slot, $0.bytes) })
            let syndrome = try #require(stripe.syndrome)
            // From behind the syndrome on, without the parity.
            let order = (1..<7).map { (syndrome + $0) % 7 }.filter { $0 != stripe.parity }
            for place in 0..<64 {
                #expect((0..<7).filter { $0 != syndrome }.reduce(0) { $0 ^ (chunks[$1]?[place] ?? 0) } == 0)
                var (weight, sum) = (UInt8(1), UInt8(0))
                for slot in order {
                    sum ^= product(chunks[slot]?[place] ?? 0, weight)
                    weight = product(weight, 2)
                }
                #expect(chunks[syndrome]?[place] == sum)
            }
        }
    }
}
