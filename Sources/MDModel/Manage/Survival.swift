/// Whether an array works with the members it has.
package struct Survival: Hashable, Sendable {
    package let level: Level
    /// The driver's layout word; for RAID10 the numbers of copies.
    package let layout: Int32
    package let raidDisks: Int

    package init(level: Level, layout: Int32, raidDisks: Int) {
        self.level = level
        self.layout = layout
        self.raidDisks = raidDisks
    }

    /// Whether the slots that are in sync hold all data.
    package func holds(with inSync: Set<Int>) -> Bool {
        let present = inSync.count { (0..<raidDisks).contains($0) }
        return switch level {
        case .raid1, .multipath: present >= 1
        case .raid4, .raid5: present >= raidDisks - 1
        case .raid6: present >= raidDisks - 2
        case .raid10: everyCopySetHasOne(of: inSync)
        default: present >= raidDisks
        }
    }

    /// Walks the groups of adjacent slots that hold the copies of one chunk.
    private func everyCopySetHasOne(of inSync: Set<Int>) -> Bool {
        let near = max(1, Int(layout & 0xff))
        guard raidDisks > 0, copies <= raidDisks else { return false }
        var first = 0
        repeat {
            let group = (0..<copies).map { (first + $0) % raidDisks }
            guard group.contains(where: inSync.contains) else { return false }
            first = (first + near) % raidDisks
        } while first != 0
        return true
    }

    /// How many copies a RAID10 keeps of each chunk; at least one.
    package var copies: Int {
        max(1, Int(layout & 0xff)) * max(1, Int(layout >> 8 & 0xff))
    }

    /// How many copy sets `set-A`, `set-B`, … there are; nil where slots do not fall into sets.
    package var copySets: Int? {
        guard level == .raid10, copies > 1, copies <= 26, raidDisks % copies == 0 else { return nil }
        return copies
    }
}
