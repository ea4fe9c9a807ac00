internal import CLinux
internal import Glibc
package import MDBytes
package import MDKernel

/// An ioctl that carries one fixed C struct in the direction its number states.
struct IoctlRequest<Argument: BitwiseCopyable>: Sendable {
    enum Direction: UInt { case toKernel = 1, fromKernel = 2 }

    let name: String
    let number: UInt

    init(_ name: String, _ direction: Direction, type: UInt8, _ ordinal: UInt8) {
        self.name = name
        number =
            direction.rawValue << 30 | UInt(MemoryLayout<Argument>.size) << 16
            | UInt(type) << 8 | UInt(ordinal)
    }
}

/// An ioctl whose argument is a plain number or nothing.
struct IoctlCommand: Sendable {
    let name: String
    let number: UInt

    init(_ name: String, type: UInt8, _ ordinal: UInt8) {
        self.name = name
        number = UInt(type) << 8 | UInt(ordinal)
    }
}

/// The md driver's ioctls (linux/raid/md_u.h).
enum MDRequest {
    static let type = UInt8(MD_MAJOR)

    static let version = IoctlRequest<mdu_version_t>("RAID_VERSION", .fromKernel, type: type, 0x10)
    static let arrayInfo = IoctlRequest<mdu_array_info_t>(
        "GET_ARRAY_INFO", .fromKernel, type: type, 0x11)
    static let diskInfo = IoctlRequest<mdu_disk_info_t>(
        "GET_DISK_INFO", .fromKernel, type: type, 0x12)
    static let bitmapFile = IoctlRequest<mdu_bitmap_file_t>(
        "GET_BITMAP_FILE", .fromKernel, type: type, 0x15)
    static let addNewDisk = IoctlRequest<mdu_disk_info_t>(
        "ADD_NEW_DISK", .toKernel, type: type, 0x21)
    static let hotRemoveDisk = IoctlCommand("HOT_REMOVE_DISK", type: type, 0x22)
    static let setArrayInfo = IoctlRequest<mdu_array_info_t>(
        "SET_ARRAY_INFO", .toKernel, type: type, 0x23)
    static let setDiskFaulty = IoctlCommand("SET_DISK_FAULTY", type: type, 0x29)
    static let runArray = IoctlRequest<mdu_param_t>("RUN_ARRAY", .toKernel, type: type, 0x30)
    static let stopArray = IoctlCommand("STOP_ARRAY", type: type, 0x32)
    static let stopArrayReadOnly = IoctlCommand("STOP_ARRAY_RO", type: type, 0x33)
    static let restartReadWrite = IoctlCommand("RESTART_ARRAY_RW", type: type, 0x34)
    static let nack = IoctlCommand("CLUSTERED_DISK_NACK", type: type, 0x35)
}

extension LinuxKernel {
    func exchange<Argument>(
        _ request: IoctlRequest<Argument>, _ argument: inout Argument, on device: DeviceHandle
    ) throws(SystemCallError) {
        while true {
            // SAFETY: `number` encodes the size of `Argument`, so the kernel copies exactly the
            // storage lent here and keeps no reference to it once the call returns.
            let status = unsafe clinux_ioctl_pointer(device.token, request.number, &argument)
            if status >= 0 { return }
            let error = Self.failure(request.name, on: device.path)
            if error.errno != .interrupted { throw error }
        }
    }

    func command(_ command: IoctlCommand, _ argument: UInt = 0, on device: DeviceHandle)
        throws(SystemCallError)
    {
        try Self.call(command.name, on: device.path) {
            clinux_ioctl_number(device.token, command.number, argument)
        }
    }
}

extension LinuxKernel: ArrayControl {
    package func driverVersion(of array: DeviceHandle) throws(SystemCallError) -> DriverVersion {
        var raw = mdu_version_t()
        try exchange(MDRequest.version, &raw, on: array)
        return DriverVersion(major: raw.major, minor: raw.minor, patch: raw.patchlevel)
    }

    package func arrayInfo(of array: DeviceHandle) throws(SystemCallError) -> ArrayInfo {
        var raw = mdu_array_info_t()
        try exchange(MDRequest.arrayInfo, &raw, on: array)
        return ArrayInfo(raw)
    }

    package func diskInfo(_ number: Int32, of array: DeviceHandle)
        throws(SystemCallError) -> DiskInfo
    {
        var raw = mdu_disk_info_t()
        raw.number = number
        try exchange(MDRequest.diskInfo, &raw, on: array)
        return DiskInfo(raw)
    }

    package func bitmapFile(of array: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        var raw = mdu_bitmap_file_t()
        try exchange(MDRequest.bitmapFile, &raw, on: array)
        // SAFETY: the struct is one array of 4096 chars; the copy ends at its end.
        let path = unsafe withUnsafeBytes(of: &raw) { unsafe [UInt8]($0) }
        return Array(path.prefix { $0 != 0 })
    }

    package func setArrayInfo(_ info: ArrayInfo, of array: DeviceHandle) throws(SystemCallError) {
        var raw = mdu_array_info_t(info)
        try exchange(MDRequest.setArrayInfo, &raw, on: array)
    }

    package func addNewDisk(_ disk: DiskInfo, to array: DeviceHandle) throws(SystemCallError) {
        var raw = mdu_disk_info_t(disk)
        try exchange(MDRequest.addNewDisk, &raw, on: array)
    }

    package func run(_ array: DeviceHandle) throws(SystemCallError) {
        var raw = mdu_param_t()
        try exchange(MDRequest.runArray, &raw, on: array)
    }

    package func stop(_ array: DeviceHandle) throws(SystemCallError) {
        try command(MDRequest.stopArray, on: array)
    }

    package func makeReadOnly(_ array: DeviceHandle) throws(SystemCallError) {
        try command(MDRequest.stopArrayReadOnly, on: array)
    }

    package func makeReadWrite(_ array: DeviceHandle) throws(SystemCallError) {
        try command(MDRequest.restartReadWrite, on: array)
    }

    package func hotRemove(_ device: DeviceNumber, from array: DeviceHandle)
        throws(SystemCallError)
    {
        try command(MDRequest.hotRemoveDisk, device.packed, on: array)
    }

    package func setFaulty(_ device: DeviceNumber, of array: DeviceHandle) throws(SystemCallError) {
        try command(MDRequest.setDiskFaulty, device.packed, on: array)
    }

    package func nack(_ array: DeviceHandle) throws(SystemCallError) {
        try command(MDRequest.nack, on: array)
    }
}

extension DeviceNumber {
    /// The number as glibc's `makedev` packs it, which is what the kernel unpacks.
    var packed: UInt { clinux_makedev(major, minor) }

    init(packed: UInt) {
        self.init(major: clinux_major(packed), minor: clinux_minor(packed))
    }
}

extension DiskInfo {
    init(_ raw: mdu_disk_info_t) {
        self.init(
            number: raw.number,
            device: DeviceNumber(
                major: UInt32(bitPattern: raw.major), minor: UInt32(bitPattern: raw.minor)),
            raidDisk: raw.raid_disk, state: State(rawValue: raw.state))
    }
}

extension mdu_disk_info_t {
    init(_ disk: DiskInfo) {
        self.init(
            number: disk.number,
            major: Int32(bitPattern: disk.device.major),
            minor: Int32(bitPattern: disk.device.minor),
            raid_disk: disk.raidDisk, state: disk.state.rawValue)
    }
}

extension ArrayInfo {
    init(_ raw: mdu_array_info_t) {
        self.init()
        majorVersion = raw.major_version
        minorVersion = raw.minor_version
        patchVersion = raw.patch_version
        creationTime = raw.ctime
        level = raw.level
        size = raw.size
        diskCount = raw.nr_disks
        raidDisks = raw.raid_disks
        minor = raw.md_minor
        notPersistent = raw.not_persistent
        updateTime = raw.utime
        state = State(rawValue: raw.state)
        activeDisks = raw.active_disks
        workingDisks = raw.working_disks
        failedDisks = raw.failed_disks
        spareDisks = raw.spare_disks
        layout = raw.layout
        chunkSize = raw.chunk_size
    }
}

extension mdu_array_info_t {
    init(_ info: ArrayInfo) {
        self.init()
        major_version = info.majorVersion
        minor_version = info.minorVersion
        patch_version = info.patchVersion
        ctime = info.creationTime
        level = info.level
        size = info.size
        nr_disks = info.diskCount
        raid_disks = info.raidDisks
        md_minor = info.minor
        not_persistent = info.notPersistent
        utime = info.updateTime
        state = info.state.rawValue
        active_disks = info.activeDisks
        working_disks = info.workingDisks
        failed_disks = info.failedDisks
        spare_disks = info.spareDisks
        layout = info.layout
        chunk_size = info.chunkSize
    }
}
