/// Which slot holds what in a stripe of levels 4, 5 and 6.
///
/// Source: raid5_compute_sector() and raid6_idx_to_slot() of the kernel.
package struct ParityLayout: Hashable, Sendable {
    /// The slots of one stripe.
    package struct Stripe: Hashable, Sendable {
        /// By the order of the array's sectors.
        package var data: [Int]
        package var parity: Int
        /// Level 6's second parity.
        package var syndrome: Int?
        /// Of each data slot, the power of two by which level 6 weighs it.
        package var weights: [Int] = []
    }

    package let level: Level
    package let layout: Int32
    package let disks: Int
    package var dataDisks: Int { disks - (level == .raid6 ? 2 : 1) }

    /// Nil for what the driver does not know.
    package init?(level: Level, layout: Int32, disks: Int) {
        guard let parityDisks = level.parityDisks, disks > Int(parityDisks), disks <= 1 << 12 else { return nil }
        let known: [Int32] =
            switch level {
            case .raid4: [layout]
            case .raid5: Array(0...5)
            default: Array(0...5) + Array(8...10) + Array(16...20)
            }
        guard known.contains(layout), level != .raid6 || disks > 3 else { return nil }
        self.level = level
        self.layout = level == .raid4 ? 5 : layout
        self.disks = disks
    }

    /// The stripe with this number, from 0.
    package func stripe(_ number: UInt64) -> Stripe {
        level == .raid6 ? doubleParity(number) : singleParity(number, among: disks, layout)
    }

    /// Level 5, or level 6 without its last slot.
    private func singleParity(_ number: UInt64, among disks: Int, _ layout: Int32) -> Stripe {
        let turn = Int(number % UInt64(disks))
        let parity: Int
        switch layout {
        case 0, 2: parity = disks - 1 - turn
        case 1, 3: parity = turn
        case 4: parity = 0
        default: parity = disks - 1
        }
        let isSymmetric = layout == 2 || layout == 3
        let first = isSymmetric ? parity + 1 : 0
        return Stripe(
            data: (0..<disks).map { (first + $0) % disks }.filter { $0 != parity }, parity: parity, syndrome: nil)
    }

    private func doubleParity(_ number: UInt64) -> Stripe {
        let turn = Int(number % UInt64(disks))
        var stripe: Stripe
        switch layout {
        case 16...20:
            stripe = singleParity(number, among: disks - 1, layout - 16)
            stripe.syndrome = disks - 1
        case 0, 2: stripe = rotating(disks - 1 - turn, isSymmetric: layout == 2)
        case 1, 3: stripe = rotating(turn, isSymmetric: layout == 3)
        case 4: stripe = rotating(0, isSymmetric: false)
        case 5: stripe = rotating(disks - 2, isSymmetric: false)
        case 8: stripe = rotating(turn, isSymmetric: false)
        case 9: stripe = rotating(disks - 1 - Int((number + 1) % UInt64(disks)), isSymmetric: false)
        default: stripe = continuing(disks - 1 - turn)
        }
        stripe.weights = weights(of: stripe)
        return stripe
    }

    /// Second parity behind the first. A symmetric stripe begins behind both, the others with the first slot.
    private func rotating(_ parity: Int, isSymmetric: Bool) -> Stripe {
        let syndrome = (parity + 1) % disks
        let first = isSymmetric ? parity + 2 : 0
        let data = (0..<disks).map { (first + $0) % disks }.filter { $0 != parity && $0 != syndrome }
        return Stripe(data: data, parity: parity, syndrome: syndrome)
    }

    /// Second parity before the first, data from behind it on: DDF's "N continue".
    private func continuing(_ parity: Int) -> Stripe {
        let syndrome = (parity + disks - 1) % disks
        let data = (1..<disks).map { (parity + $0) % disks }.filter { $0 != syndrome }
        return Stripe(data: data, parity: parity, syndrome: syndrome)
    }

    /// md counts data slots from behind the second parity on, DDF all slots from the first.
    private func weights(of stripe: Stripe) -> [Int] {
        guard let syndrome = stripe.syndrome, !(8...10).contains(layout) else { return stripe.data }
        let order = (1..<disks).map { (syndrome + $0) % disks }.filter { $0 != stripe.parity }
        return stripe.data.map { slot in order.firstIndex(of: slot) ?? 0 }
    }
}

extension ParityLayout.Stripe {
    /// What each slot of the stripe holds, given its data in the array's order, all chunks of one length.
    package func chunks(of data: [ArraySlice<UInt8>]) -> [(slot: Int, bytes: [UInt8])] {
        var chunks = zip(self.data, data).map { (slot: $0, bytes: Array($1)) }
        chunks.append((parity, Self.parity(data)))
        if let syndrome { chunks.append((syndrome, Self.syndrome(data, weights))) }
        return chunks
    }

    private static func parity(_ data: [ArraySlice<UInt8>]) -> [UInt8] {
        var sum = [UInt8](repeating: 0, count: data.first?.count ?? 0)
        for chunk in data {
            for (place, byte) in chunk.enumerated() { sum[place] ^= byte }
        }
        return sum
    }

    /// The sum of all chunks in the field of 256 elements whose polynomial is 0x11d, each times two to its weight.
    private static func syndrome(_ data: [ArraySlice<UInt8>], _ weights: [Int]) -> [UInt8] {
        var sum = [UInt8](repeating: 0, count: data.first?.count ?? 0)
        for (chunk, weight) in zip(data, weights) {
            let table = products(with: weight)
            for (place, byte) in chunk.enumerated() { sum[place] ^= table[Int(byte)] }
        }
        return sum
    }

    /// Every byte times two to this power.
    private static func products(with power: Int) -> [UInt8] {
        func doubled(_ value: UInt8) -> UInt8 { value << 1 ^ (value & 0x80 == 0 ? 0 : 0x1d) }
        let factor = (0..<power % 255).reduce(UInt8(1)) { value, _ in doubled(value) }
        var table: [UInt8] = [0, factor]
        for value in 2...255 { table.append(doubled(table[value / 2]) ^ table[value % 2]) }
        return table
    }
}
