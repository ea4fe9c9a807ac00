internal import MDBytes

/// Which operand becomes which disk of the new array, and whether the array starts clean.
package struct CreateSlots: Hashable, Sendable {
    /// One device of the new array.
    package struct Disk: Hashable, Sendable {
        /// Its place in the list of operands.
        package var operand: Int
        /// The disk number, its index in the role table.
        package var number: Int
        /// The slot; nil for a spare.
        package var slot: Int?
    }

    /// In the order of their numbers, which is the order in which they are written and added.
    package var disks: [Disk]
    package var isClean: Bool
    /// Numbers that the role table must have room for.
    package var numbers: Int

    /// Deals out slots. A parity array without a missing member starts with its last slot empty and
    /// recovers onto it, which is quicker than to check all parity (`mdadm(8)`, --create).
    package init(_ shape: CreateShape, assumeClean: Bool, force: Bool) {
        let count = shape.operands.count
        var missing = Set(shape.operands.indices.filter { shape.operands[$0].isMissing && $0 < shape.raidDisks })
        var moved: Int?
        if !assumeClean, !force {
            if shape.level == .raid4 || shape.level == .raid5, missing.isEmpty {
                moved = shape.raidDisks - 1
            } else if shape.level == .raid6, missing.count == 1 {
                let last = shape.raidDisks - 1
                moved = missing.contains(last) ? last - 1 : last
            }
        }
        disks = []
        for operand in 0..<count where !shape.operands[operand].isMissing && operand != moved {
            disks.append(Disk(operand: operand, number: operand, slot: operand < shape.raidDisks ? operand : nil))
        }
        if let moved {
            disks.append(Disk(operand: moved, number: count, slot: nil))
            missing.insert(moved)
        }
        numbers = count + (moved == nil ? 0 : 1)
        isClean =
            switch shape.level {
            case _ where assumeClean || shape.level.rawValue <= 0: true
            case .raid4, .raid5: !missing.isEmpty
            case .raid6: missing.count >= 2
            default: false
            }
    }
}
