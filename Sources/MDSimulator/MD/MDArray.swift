internal import MDBytes
internal import MDFormats
internal import MDKernel

/// An array as the driver holds it (the kernel's `mddev`). Sizes and offsets are sectors.
struct MDArray: Sendable {
    static let noLevel: Int32 = -1_000_000
    static let end = UInt64.max

    enum Hold: Hashable, Sendable { case none, untilControl, untilStop }
    enum Mode: Hashable, Sendable { case readWrite, autoReadOnly, readOnly }

    let minor: UInt32
    let name: String
    var hold: Hold

    var majorVersion: Int32 = 0
    var minorVersion: Int32 = 0
    var isPersistent = false
    /// The text behind `external:`.
    var externalType: String?
    var creationTime: UInt64 = 0
    var updateTime: UInt64 = 0
    var level = MDArray.noLevel
    var layout: Int32 = 0
    var chunk: UInt64 = 0
    var raidDisks = 0
    var deviceSectors: UInt64 = 0
    var arraySectors: UInt64 = 0
    var events: UInt64 = 0
    var uuid = UUID.zero
    var maxDisks = 0
    /// How far the array is known to be in sync; all ones is everywhere.
    var resyncOffset: UInt64 = 0
    var members: [MDMember] = []

    /// What runs the array; nil while it is inactive.
    var personality: Personality?
    var mode = Mode.readWrite
    var isInSync = false
    var canDecreaseEvents = false
    var isBroken = false
    var isRecoveryDisabled = false
    var bitmap: MDBitmap?
    /// Where the metadata says that the bitmap lies; 0 for none.
    var bitmapOffset: Int32 = 0
    /// The kind of bitmap that was announced.
    var isLockless = false
    /// This node's slot in the cluster, where the array is shared.
    var clusterSlot: Int?
    var answer = ClusterAnswer.notAsked
    /// An answer hangs: it needs a lock that the node which asked holds.
    var isWedged = false

    /// Superblock changes that still have to be written.
    var devicesChanged = false
    var cleanChanged = false

    var needsRecovery = false
    var isFrozen = false
    /// A sync was asked for by hand.
    var requested: Sync.Kind?
    var sync: Sync?
    var lastAction = "none"
    /// Sectors in which a check finds a difference, and a repair mends it.
    var differing: UInt64 = 0
    /// What the last check or repair found.
    var mismatches: UInt64 = 0
    /// Whether a peer of the cluster does the recovery.
    var isSyncedRemotely = false
    /// Attributes that are only stored: sync_min, sync_max, …
    var stored: [String: String] = [:]

    init(minor: UInt32, name: String, hold: Hold) {
        self.minor = minor
        self.name = name
        self.hold = hold
    }

    var device: DeviceNumber { DeviceNumber(major: Machine.mdMajor, minor: minor) }
    var isClustered: Bool { clusterSlot != nil }
    var isExternal: Bool { externalType != nil }

    /// Slots without a member in sync.
    var degraded: Int {
        guard personality?.hasSpares == true else { return 0 }
        return (0..<raidDisks).filter { slot in
            !members.contains { $0.slot == slot && $0.flags.contains(.inSync) && !$0.flags.contains(.faulty) }
        }.count
    }

    /// sync_min or sync_max; nil for `max`.
    func limit(_ name: String) -> UInt64? { stored[name].flatMap { UInt64($0) } }

    /// Whether a resync or recovery is due, whoever does it.
    var dueSync: Sync.Kind? {
        if resyncOffset < Self.end { return .resync }
        return members.contains(where: \.isRecovering) ? .recover : nil
    }

    func memberIndex(_ device: DeviceNumber) -> Int? { members.firstIndex { $0.device == device } }
    func memberIndex(number: Int) -> Int? { members.firstIndex { $0.number == number } }

    /// The member that fills `slot`, or the one that is to replace it.
    func occupant(of slot: Int, replacement: Bool = false) -> Int? {
        members.firstIndex { $0.slot == slot && $0.flags.contains(.replacement) == replacement }
    }
}

/// The personalities that are modelled.
enum Personality: String, Hashable, Sendable {
    case linear, raid0, raid1, raid4, raid5, raid6, raid10

    init?(level: Int32) {
        switch level {
        case -1: self = .linear
        case 0: self = .raid0
        case 1: self = .raid1
        case 4: self = .raid4
        case 5: self = .raid5
        case 6: self = .raid6
        case 10: self = .raid10
        default: return nil
        }
    }

    /// Whether it can lose members, resync, and take spares.
    var hasSpares: Bool { self != .linear && self != .raid0 }

    var isParity: Bool { self == .raid4 || self == .raid5 || self == .raid6 }
}

/// The write-intent bitmap of a running array.
struct MDBitmap: Sendable {
    var header: BitmapSuperblock
    var eventsCleared: UInt64
    /// The header was older than the array: everything must be resynced.
    var isStale = false
    var isCleared = false
}

/// A background run over the array.
struct Sync: Sendable {
    enum Kind: String, Hashable, Sendable { case resync, recover, check, repair }

    var kind: Kind
    var from: UInt64
    var end: UInt64
    /// Where it stands still: sync_max.
    var limit = MDArray.end
    /// Milliseconds since boot.
    var startedAt: Int

    /// The position at `now` for a speed in sectors a millisecond.
    func position(at now: Int, speed: UInt64) -> UInt64 {
        let stop = min(end, max(limit, from))
        let (done, overflow) = UInt64(max(now - startedAt, 0)).multipliedReportingOverflow(by: speed)
        guard !overflow, let sum = Sectors(from).adding(Sectors(done)) else { return stop }
        return min(sum.rawValue, stop)
    }

    /// When it will be done; never while it is kept from its end.
    func finish(speed: UInt64) -> Int {
        guard limit >= end else { return .max }
        let span = (end - min(from, end)) / max(speed, 1)
        return startedAt + Int(min(span, UInt64(Int32.max))) + 1
    }
}
