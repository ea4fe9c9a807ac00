package import MDBytes

/// The md driver's version (RAID_VERSION), e.g. 0.90.3.
package struct DriverVersion: Hashable, Sendable {
    package var major: Int32
    package var minor: Int32
    package var patch: Int32

    package init(major: Int32, minor: Int32, patch: Int32) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }
}

/// `mdu_array_info_t`, field by field, as GET_ARRAY_INFO fills and SET_ARRAY_INFO takes it.
package struct ArrayInfo: Hashable, Sendable {
    package var majorVersion: Int32 = 0
    package var minorVersion: Int32 = 0
    package var patchVersion: Int32 = 0
    /// Creation time, seconds since the epoch.
    package var creationTime: UInt32 = 0
    package var level: Int32 = 0
    /// Component size in KiB; truncated or -1 where it does not fit.
    package var size: Int32 = 0
    package var diskCount: Int32 = 0
    package var raidDisks: Int32 = 0
    package var minor: Int32 = 0
    package var notPersistent: Int32 = 0
    /// Update time, seconds since the epoch.
    package var updateTime: UInt32 = 0
    package var state: State = []
    package var activeDisks: Int32 = 0
    package var workingDisks: Int32 = 0
    package var failedDisks: Int32 = 0
    package var spareDisks: Int32 = 0
    package var layout: Int32 = 0
    /// Chunk size in bytes.
    package var chunkSize: Int32 = 0

    package init() {}

    /// MD_SB_* bits of the state word.
    package struct State: OptionSet, Hashable, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// MD_SB_CLEAN
        package static let clean = State(rawValue: 1 << 0)
        /// MD_SB_ERRORS
        package static let errors = State(rawValue: 1 << 1)
        /// MD_SB_CLUSTERED
        package static let clustered = State(rawValue: 1 << 5)
        /// MD_SB_BITMAP_PRESENT
        package static let bitmapPresent = State(rawValue: 1 << 8)
    }
}

/// `mdu_disk_info_t`: one disk as the driver knows it, or as it is handed to ADD_NEW_DISK.
package struct DiskInfo: Hashable, Sendable {
    /// The device number in the metadata's role table ("disk number").
    package var number: Int32
    package var device: DeviceNumber
    /// The slot in the array, or -1.
    package var raidDisk: Int32
    package var state: State

    package init(number: Int32, device: DeviceNumber, raidDisk: Int32, state: State) {
        self.number = number
        self.device = device
        self.raidDisk = raidDisk
        self.state = state
    }

    /// MD_DISK_* bits.
    package struct State: OptionSet, Hashable, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        /// MD_DISK_FAULTY
        package static let faulty = State(rawValue: 1 << 0)
        /// MD_DISK_ACTIVE
        package static let active = State(rawValue: 1 << 1)
        /// MD_DISK_SYNC
        package static let sync = State(rawValue: 1 << 2)
        /// MD_DISK_REMOVED
        package static let removed = State(rawValue: 1 << 3)
        /// MD_DISK_CLUSTER_ADD
        package static let clusterAdd = State(rawValue: 1 << 4)
        /// MD_DISK_CANDIDATE
        package static let candidate = State(rawValue: 1 << 5)
        /// MD_DISK_FAILFAST
        package static let failfast = State(rawValue: 1 << 10)
        /// MD_DISK_WRITEMOSTLY
        package static let writeMostly = State(rawValue: 1 << 9)
        /// MD_DISK_REPLACEMENT
        package static let replacement = State(rawValue: 1 << 17)
        /// MD_DISK_JOURNAL
        package static let journal = State(rawValue: 1 << 18)
    }
}

/// The md driver's ioctls on an open array. Each throws the errno of the ioctl under its C name.
package protocol ArrayControl: Sendable {
    /// RAID_VERSION
    func driverVersion(of array: DeviceHandle) throws(SystemCallError) -> DriverVersion

    /// GET_ARRAY_INFO; ENODEV where the array is not set up.
    func arrayInfo(of array: DeviceHandle) throws(SystemCallError) -> ArrayInfo

    /// GET_DISK_INFO
    func diskInfo(_ number: Int32, of array: DeviceHandle) throws(SystemCallError) -> DiskInfo

    /// GET_BITMAP_FILE; empty where the bitmap is internal or absent.
    func bitmapFile(of array: DeviceHandle) throws(SystemCallError) -> [UInt8]

    /// SET_ARRAY_INFO
    func setArrayInfo(_ info: ArrayInfo, of array: DeviceHandle) throws(SystemCallError)

    /// ADD_NEW_DISK
    func addNewDisk(_ disk: DiskInfo, to array: DeviceHandle) throws(SystemCallError)

    /// RUN_ARRAY
    func run(_ array: DeviceHandle) throws(SystemCallError)

    /// STOP_ARRAY
    func stop(_ array: DeviceHandle) throws(SystemCallError)

    /// STOP_ARRAY_RO
    func makeReadOnly(_ array: DeviceHandle) throws(SystemCallError)

    /// RESTART_ARRAY_RW
    func makeReadWrite(_ array: DeviceHandle) throws(SystemCallError)

    /// HOT_REMOVE_DISK
    func hotRemove(_ device: DeviceNumber, from array: DeviceHandle) throws(SystemCallError)

    /// SET_DISK_FAULTY
    func setFaulty(_ device: DeviceNumber, of array: DeviceHandle) throws(SystemCallError)

    /// CLUSTERED_DISK_NACK
    func nack(_ array: DeviceHandle) throws(SystemCallError)
}
