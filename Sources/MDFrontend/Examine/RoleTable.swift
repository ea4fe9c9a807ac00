internal import MDFormats

/// The roles of a superblock as `Array State` shows them.
struct RoleTable {
    /// One letter a slot.
    let letters: String
    /// The conflicting table, where slots are held too often or lie outside the array.
    let conflicts: String?

    /// The format has no room for more devices; a damaged count must not be believed.
    private static let slotLimit: UInt64 = 1920
    /// Larger role numbers are no slots.
    private static let lastSlot = 0xff00

    init(_ superblock: SuperblockV1) {
        let slots = Int(min(UInt64(superblock.raidDisks) + UInt64(superblock.leavingDisks), Self.slotLimit))
        let raw = (0..<superblock.roleCount).map { superblock.role(of: $0) }
        var holders: [Int: Int] = [:]
        for case .active(let slot) in raw { holders[slot, default: 0] += 1 }
        var text = ""
        // mdadm lets the first number behind the last slot pass.
        var isInconsistent = holders.keys.contains { $0 > slots && $0 <= Self.lastSlot }
        for slot in 0..<slots {
            switch holders[slot, default: 0] {
            case 0: text += "."
            case 1: text += "A"
            case 2 where superblock.level != 0: text += "R"
            default:
                text += "?"
                isInconsistent = true
            }
        }
        letters = text
        conflicts = isInconsistent ? Self.list(raw) : nil
    }

    private static func list(_ roles: [SuperblockV1.Role]) -> String {
        roles.enumerated().map { number, role in
            switch role {
            case .spare, .faulty: " \(number):-"
            case .active, .journal: " \(number):\(role.number)"
            }
        }.joined()
    }
}

extension SuperblockV1.Role {
    /// The role as the number in the table.
    fileprivate var number: Int {
        switch self {
        case .active(let slot): slot
        default: Int(rawValue)
        }
    }
}
