package import MDFormats

/// Which operand becomes which disk of the new array, and whether the array starts clean.
package struct CreateSlots: Hashable, Sendable {
    /// One device of the new array.
    package struct Disk: Hashable, Sendable {
        /// Its place in the list of operands.
        package var operand: Int
        /// The disk number, its index in the role table.
        package var number: Int
        /// The slot; nil for a spare or journal.
        package var slot: Int?
        package var isJournal = false
        /// Its place in the line of disks other than journals: a spare comes behind the slots.
        package var position = 0

        /// What the superblocks call it.
        package var role: SuperblockV1.Role { isJournal ? .journal : slot.map { .active($0) } ?? .spare }
    }

    /// In the order of their numbers, which is the order in which they are written and added.
    package var disks: [Disk]
    package var isClean: Bool
    /// Numbers that the role table must have room for.
    package var numbers: Int

    /// Deals out slots. A parity array without a missing member starts with its last slot empty and
    /// recovers onto it, which is quicker than to check all parity (`mdadm(8)`, --create). The device that was
    /// meant for it gets a number behind all others. A journal has a number, but no slot.
    package init(_ shape: CreateShape, assumeClean: Bool, force: Bool) {
        var places: [Int?] = shape.operands.indices.map { shape.operands[$0].isMissing ? nil : $0 }
        var missing = Set(places.indices.filter { places[$0] == nil && $0 < shape.raidDisks })
        var moved: Int?
        if !assumeClean, !force {
            if shape.level == .raid4 || shape.level == .raid5, missing.isEmpty {
                moved = shape.raidDisks - 1
            } else if shape.level == .raid6, missing.count == 1 {
                let last = shape.raidDisks - 1
                moved = missing.contains(last) ? last - 1 : last
            }
        }
        if let moved {
            places.append(places[moved])
            places[moved] = nil
            missing.insert(moved)
        }
        disks = []
        var slot = 0
        for (number, operand) in places.enumerated() {
            let isJournal = operand != nil && operand == shape.journal
            defer { if !isJournal { slot += 1 } }
            guard let operand else { continue }
            let isActive = !isJournal && slot < shape.raidDisks
            disks.append(
                Disk(
                    operand: operand, number: number, slot: isActive ? slot : nil, isJournal: isJournal,
                    position: slot))
        }
        numbers = places.count
        isClean =
            switch shape.level {
            case _ where assumeClean || shape.level.rawValue <= 0: true
            case .raid4, .raid5: !missing.isEmpty
            case .raid6: missing.count >= 2
            default: false
            }
    }
}
