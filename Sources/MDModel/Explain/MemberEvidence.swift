package import MDBytes
internal import MDFormats

/// What is known of one device, for an explanation.
package struct MemberEvidence: Hashable, Sendable {
    package var path: String
    package var device: DeviceNumber
    package var superblock: MemberSuperblock?
    /// Event count below which its array's bitmap does not tell any more what changed; nil without a bitmap.
    package var bitmapSince: UInt64?
    /// Whether it sits in the array.
    package var isIncluded = false
    /// Words of sysfs `state`, for one that does.
    package var state: Set<String> = []
    /// sysfs `slot`, for one that does.
    package var kernelSlot: Int?
    /// What uses it that is not the array: kernel names and mount points.
    package var users: [String] = []
    /// What lies on it that is not md: blkid's word.
    package var content: String?

    package init(path: String, device: DeviceNumber, superblock: MemberSuperblock? = nil) {
        self.path = path
        self.device = device
        self.superblock = superblock
    }

    /// Its slot: the driver's word for one that sits in an array that runs, else its own superblock's.
    package var slot: Int? {
        if let kernelSlot { return kernelSlot }
        if state.contains("spare") { return nil }
        if case .active(let slot)? = superblock?.ownRole { return slot }
        return nil
    }

    /// What it is to its array: the driver's word first, then its own superblock's.
    package var role: Explanation.Role {
        if state.contains("faulty") { return .faulty }
        if state.contains("journal") { return .journal }
        if state.contains("in_sync") { return .active }
        if state.contains("spare") { return kernelSlot == nil ? .spare : .rebuilding }
        switch superblock?.ownRole {
        case .active?: return isIncluded ? .active : .outside
        case .journal?: return .journal
        case .spare?: return .spare
        case .faulty?: return .faulty
        case nil: return .none
        }
    }

    /// How far it is behind `freshest`; nil where either has no superblock.
    func behind(_ freshest: MemberEvidence) -> Explanation.Behind? {
        guard let own = superblock, let fresh = freshest.superblock else { return nil }
        return Explanation.Behind(
            events: fresh.events > own.events ? fresh.events - own.events : 0,
            seconds: fresh.updateTime > own.updateTime ? fresh.updateTime - own.updateTime : 0)
    }

    /// Whether the driver takes it back and copies only what the bitmap says has changed.
    func canReAdd(to members: [MemberEvidence]) -> Bool {
        guard let superblock, case .active = superblock.ownRole else { return false }
        let since = members.filter(\.isIncluded).compactMap(\.bitmapSince).min()
        return since.map { superblock.events >= $0 } ?? false
    }
}

/// What is known of one array, for an explanation.
package struct ArrayEvidence: Hashable, Sendable {
    /// The path as it was given, or the one it is known by.
    package var path: String
    /// sysfs `array_state`; nil where no array of this kind is set up.
    package var state: String?
    /// nil where it does not run.
    package var level: Level?
    package var layout: UInt32 = 0
    package var raidDisks = 0
    /// What runs or waits, from /proc/mdstat.
    package var action: String?
    package var waiting: String?
    /// Whether sync_action is `frozen`.
    package var isFrozen = false
    /// Those in the array and those outside that belong to it.
    package var members: [MemberEvidence] = []

    package init(path: String) { self.path = path }

    package var isActive: Bool { level != nil }

    /// The member that was written last.
    package var freshest: MemberEvidence? {
        let inside = members.filter { $0.superblock != nil && (!isActive || $0.state.contains("in_sync")) }
        return inside.max { $0.superblock?.events ?? 0 < $1.superblock?.events ?? 0 }
    }

    /// The members side by side.
    package var rows: [Explanation.Row] {
        let freshest = freshest
        let sorted = members.sorted { ($0.slot ?? .max, $0.path) < ($1.slot ?? .max, $1.path) }
        return sorted.map { Explanation.Row($0, freshest: freshest) }
    }
}
