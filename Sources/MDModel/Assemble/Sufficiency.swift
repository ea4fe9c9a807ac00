/// Whether an array can run with the members it has.
package enum Sufficiency {
    /// `available` is the set of slots with an up-to-date member; `isClean` says that parity can be trusted.
    package static func isEnough(
        level: Level, raidDisks: Int, layout: UInt32, isClean: Bool, available: Set<Int>
    ) -> Bool {
        let missing = raidDisks - available.count
        switch level {
        case .raid1: return !available.isEmpty
        case .raid4: return missing == 0 || missing == 1 && (isClean || !available.contains(raidDisks - 1))
        case .raid5: return missing <= (isClean ? 1 : 0)
        case .raid6: return missing <= (isClean ? 2 : 0)
        case .raid10: return hasCopies(raidDisks: raidDisks, layout: layout, available: available)
        case .multipath: return !available.isEmpty
        default: return missing == 0
        }
    }

    /// Whether every stripe of a RAID 10 has a copy on an available member.
    private static func hasCopies(raidDisks: Int, layout: UInt32, available: Set<Int>) -> Bool {
        let sets = copySets(raidDisks: raidDisks, layout: layout)
        return !sets.isEmpty && sets.allSatisfy { $0.contains(where: available.contains) }
    }

    /// The slots that hold the copies of one chunk, for each kind of chunk of a RAID 10; none for a damaged layout.
    static func copySets(raidDisks: Int, layout: UInt32) -> [Set<Int>] {
        let copies = Int(layout & 0xff) * Int(layout >> 8 & 0xff)
        guard copies > 0, raidDisks > 0 else { return [] }
        var sets: [Set<Int>] = []
        var first = 0
        repeat {
            sets.append(Set((0..<min(copies, raidDisks)).map { (first + $0) % raidDisks }))
            first = (first + Int(layout & 0xff)) % raidDisks
        } while first != 0
        return sets
    }
}
