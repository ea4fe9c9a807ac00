package import MDBytes

extension SuperblockV1 {
    package var features: Features {
        get { Features(rawValue: self[Layout.features]) }
        set { self[Layout.features] = newValue.rawValue }
    }
    package var arrayUUID: UUID {
        get { UUID(bytes: self[Layout.arrayUUID]) }
        set { self[Layout.arrayUUID] = newValue.bytes }
    }
    /// The stored name up to its first NUL, at most 32 bytes; hostile until escaped.
    package var name: [UInt8] {
        get { Array(self[Layout.name].prefix { $0 != 0 }) }
        set { self[Layout.name] = newValue }
    }
    /// Seconds in the low 40 bits, microseconds above.
    package var creationStamp: UInt64 {
        get { self[Layout.creationTime] }
        set { self[Layout.creationTime] = newValue }
    }
    /// Creation time in seconds since the epoch.
    package var creationTime: UInt64 { creationStamp & 0xff_ffff_ffff }
    /// Whether another member says the same of the array, in the fields that no member may differ in.
    package func describesSameArray(as other: SuperblockV1) -> Bool {
        arrayUUID == other.arrayUUID && creationStamp == other.creationStamp
            && level == other.level && layout == other.layout && size == other.size
            && chunk == other.chunk && raidDisks == other.raidDisks
    }
    package var level: Int32 {
        get { self[Layout.level] }
        set { self[Layout.level] = newValue }
    }
    package var layout: UInt32 {
        get { self[Layout.layout] }
        set { self[Layout.layout] = newValue }
    }
    /// Component size; zero for raid0 and linear.
    package var size: Sectors {
        get { Sectors(self[Layout.size]) }
        set { self[Layout.size] = newValue.rawValue }
    }
    package var chunk: Sectors {
        get { Sectors(UInt64(self[Layout.chunk])) }
        set { self[Layout.chunk] = UInt32(truncatingIfNeeded: newValue.rawValue) }
    }
    package var raidDisks: UInt32 {
        get { self[Layout.raidDisks] }
        set { self[Layout.raidDisks] = newValue }
    }
    /// Signed sectors from the superblock to the bitmap; meaningful with `.bitmap`.
    package var bitmapOffset: Int32 {
        get { self[Layout.bitmapOffset] }
        set { self[Layout.bitmapOffset] = newValue }
    }
    package var pplOffset: Int16 {
        get { self[Layout.pplOffset] }
        set { self[Layout.pplOffset] = newValue }
    }

    package var pplSize: UInt16 {
        get { self[Layout.pplSize] }
        set { self[Layout.pplSize] = newValue }
    }

    package var newLevel: Int32 { self[Layout.newLevel] }
    package var reshapePosition: UInt64 {
        get { self[Layout.reshapePosition] }
        set { self[Layout.reshapePosition] = newValue }
    }
    package var deltaDisks: Int32 {
        get { self[Layout.deltaDisks] }
        set { self[Layout.deltaDisks] = newValue }
    }
    package var newLayout: UInt32 {
        get { self[Layout.newLayout] }
        set { self[Layout.newLayout] = newValue }
    }
    package var newChunk: UInt32 {
        get { self[Layout.newChunk] }
        set { self[Layout.newChunk] = newValue }
    }
    package var newOffset: Int32 {
        get { self[Layout.newOffset] }
        set { self[Layout.newOffset] = newValue }
    }
    package var dataOffset: Sectors {
        get { Sectors(self[Layout.dataOffset]) }
        set { self[Layout.dataOffset] = newValue.rawValue }
    }
    package var dataSize: Sectors {
        get { Sectors(self[Layout.dataSize]) }
        set { self[Layout.dataSize] = newValue.rawValue }
    }
    package var superOffset: Sectors {
        get { Sectors(self[Layout.superOffset]) }
        set { self[Layout.superOffset] = newValue.rawValue }
    }
    package var recoveryOffset: UInt64 {
        get { self[Layout.recoveryOffset] }
        set { self[Layout.recoveryOffset] = newValue }
    }
    /// This device's index into the role table.
    package var deviceNumber: UInt32 {
        get { self[Layout.deviceNumber] }
        set { self[Layout.deviceNumber] = newValue }
    }
    package var correctedReads: UInt32 {
        get { self[Layout.correctedReads] }
        set { self[Layout.correctedReads] = newValue }
    }
    package var deviceUUID: UUID {
        get { UUID(bytes: self[Layout.deviceUUID]) }
        set { self[Layout.deviceUUID] = newValue.bytes }
    }
    package var deviceFlags: DeviceFlags {
        get { DeviceFlags(rawValue: self[Layout.deviceFlags]) }
        set { self[Layout.deviceFlags] = newValue.rawValue }
    }
    package var badBlockShift: UInt8 {
        get { self[Layout.badBlockShift] }
        set { self[Layout.badBlockShift] = newValue }
    }
    /// Sectors reserved for the bad-block log.
    package var badBlockSize: UInt16 {
        get { self[Layout.badBlockSize] }
        set { self[Layout.badBlockSize] = newValue }
    }
    /// Signed sectors from the superblock to the bad-block log.
    package var badBlockOffset: Int32 {
        get { self[Layout.badBlockOffset] }
        set { self[Layout.badBlockOffset] = newValue }
    }
    package var updateStamp: UInt64 {
        get { self[Layout.updateTime] }
        set { self[Layout.updateTime] = newValue }
    }
    /// Update time in seconds since the epoch.
    package var updateTime: UInt64 { updateStamp & 0xff_ffff_ffff }
    /// How often the array has been rewritten; the freshest member has the most.
    package var events: UInt64 {
        get { self[Layout.events] }
        set { self[Layout.events] = newValue }
    }
    /// Sectors already in sync; all ones is clean.
    package var resyncOffset: UInt64 {
        get { self[Layout.resyncOffset] }
        set { self[Layout.resyncOffset] = newValue }
    }
    package var isClean: Bool { resyncOffset == .max }
    package var checksum: UInt32 { self[Layout.checksum] }
    /// How many slots the array loses by its reshape.
    package var leavingDisks: UInt32 { features.contains(.reshape) && deltaDisks < 0 ? deltaDisks.magnitude : 0 }
    /// The length of the role table (max_dev); never above the format's limit.
    package var roleCount: Int { Int(self[Layout.roleCount]) }
    /// The most roles that any table has room for, and so the most devices of any array.
    package static var roleLimit: UInt32 { Layout.roleLimit }

    /// The role of a device number; numbers beyond the table are spares.
    package func role(of number: Int) -> Role {
        guard number >= 0, number < roleCount else { return .spare }
        return Role(rawValue: self[Layout.role(number)])
    }

    /// The role of the device this superblock was read from.
    package var ownRole: Role { role(of: Int(deviceNumber)) }

    /// Records a role, growing the table where needed; numbers the format cannot hold are refused.
    @discardableResult
    package mutating func setRole(_ role: Role, of number: Int) -> Bool {
        guard number >= 0, number < Int(Layout.roleLimit) else { return false }
        if number >= roleCount {
            for index in roleCount...number { self[Layout.role(index)] = Role.spare.rawValue }
            self[Layout.roleCount] = UInt32(number + 1)
        }
        self[Layout.role(number)] = role.rawValue
        return true
    }
}
