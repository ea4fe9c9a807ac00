import MDModel
import Testing

/// The word for how an array fares, and how much more it bears.
@Suite struct HealthTests {
    private typealias Strength = ArrayHealth.Strength

    @Test(arguments: [
        (nil as ArrayHealth.Strength?, nil as String?, false, ArrayHealth.inactive),
        (nil, "resync", false, .inactive),
        (.full, nil, false, .ok),
        (.full, "resync", false, .syncing), (.full, "resync", true, .syncing),
        (.full, "reshape", false, .syncing), (.full, "recovery", false, .syncing),
        (.full, "check", false, .checking), (.full, "repair", false, .checking),
        (.degraded, nil, false, .degraded), (.degraded, "check", false, .degraded),
        (.degraded, "recovery", false, .rebuilding), (.degraded, "recovery", true, .degraded),
        (.degraded, "resync", false, .degraded), (.degraded, "reshape", false, .degraded),
        (.failed, nil, false, .failed), (.failed, "recovery", false, .failed),
    ])
    func oneWord(strength: ArrayHealth.Strength?, action: String?, isWaiting: Bool, health: ArrayHealth) {
        #expect(ArrayHealth(strength, action: action, isWaiting: isWaiting) == health)
    }

    @Test(arguments: [
        (Level.raid1, 2, 0, true, [0, 1], 1), (.raid1, 2, 0, true, [1], 0), (.raid1, 3, 0, false, [0, 1, 2], 2),
        (.raid1, 2, 0, true, [], nil), (.raid5, 3, 2, true, [0, 1, 2], 1), (.raid5, 3, 2, true, [0, 2], 0),
        (.raid5, 3, 2, true, [0], nil), (.raid5, 3, 2, false, [0, 1, 2], 0), (.raid6, 4, 2, true, [0, 1, 2, 3], 2),
        (.raid6, 4, 2, true, [0, 1, 2], 1), (.raid10, 4, 0x102, true, [0, 1, 2, 3], 1),
        (.raid10, 4, 0x102, true, [0, 2, 3], 0), (.raid10, 4, 0x102, true, [0, 2], 0),
        (.raid10, 4, 0x102, true, [0, 1], nil), (.raid10, 3, 0x103, true, [0, 1, 2], 2),
        (.raid0, 2, 0, true, [0, 1], 0), (.raid0, 2, 0, true, [0], nil), (.linear, 2, 0, true, [0, 1], 0),
    ] as [(Level, Int, UInt32, Bool, [Int], Int?)])
    func redundancy(level: Level, disks: Int, layout: UInt32, isClean: Bool, available: [Int], left: Int?) {
        #expect(
            Sufficiency.redundancyLeft(
                level: level, raidDisks: disks, layout: layout, isClean: isClean, available: Set(available)) == left)
    }

    /// The dumb oracle: take away members in every way there is, and see when the data goes.
    @Test func redundancyIsWhatEveryLossLeaves() {
        let shapes: [(Level, UInt32)] = [
            (.raid0, 0), (.raid1, 0), (.raid5, 2), (.raid6, 2), (.raid10, 0x102), (.raid10, 0x201), (.raid10, 0x10201),
            (.raid10, 0x103), (.raid10, 0x202),
        ]
        for (level, layout) in shapes {
            for disks in 3...6 {
                for mask in 0..<(1 << disks) {
                    check(level, layout, disks, available: Set((0..<disks).filter { mask & 1 << $0 != 0 }))
                }
            }
        }
    }

    private func check(_ level: Level, _ layout: UInt32, _ disks: Int, available: Set<Int>) {
        for isClean in [true, false] {
            func isEnough(_ slots: Set<Int>) -> Bool {
                Sufficiency.isEnough(
                    level: level, raidDisks: disks, layout: layout, isClean: isClean, available: slots)
            }
            let losses = (0..<(1 << disks)).map { mask in Set((0..<disks).filter { mask & 1 << $0 != 0 }) }
                .filter { available.isSuperset(of: $0) }
            let worst = losses.filter { !isEnough(available.subtracting($0)) }.map(\.count).min()
            let wanted = isEnough(available) ? worst.map { $0 - 1 } : nil
            let left = Sufficiency.redundancyLeft(
                level: level, raidDisks: disks, layout: layout, isClean: isClean, available: available)
            #expect(left == wanted, "\(level) \(layout) \(disks) \(available) clean \(isClean)")
        }
    }
}
