package import MDBytes
package import MDFormats
package import MDKernel
package import MDModel

/// What `--detail` found out about one array.
package struct DetailFacts: Sendable {
    /// What the report calls the array.
    package var path: String
    /// The kernel's name, such as `md127`.
    package var kernelName: String
    /// What the driver says; nil while the array is not active.
    package var info: ArrayInfo?
    /// Bytes of the array's device.
    package var size: ByteCount = .zero
    package var metadata: Metadata
    /// sysfs `array_state`
    package var stateWord: String?
    /// sysfs `consistency_policy`
    package var consistencyPolicy: String?
    /// KiB of each member that the array uses.
    package var componentKiB: UInt64?
    /// The path of a bitmap in a file; hostile until escaped.
    package var bitmapFile: [UInt8] = []
    /// What runs or waits, from /proc/mdstat.
    package var progress: Mdstat.Entry?
    /// sysfs `sync_action`, which tells a repair from a resync; for programs only.
    package var syncAction: String?
    /// The superblock of the first member that can be read.
    package var superblock: Version1Facts?
    /// The same of an array with metadata 0.90.
    package var superblock0: SuperblockV0?
    /// What its members record of a reshape that is under way.
    package var reshape: Reshape? {
        superblock.flatMap { Reshape($0.superblock) } ?? superblock0.flatMap { Reshape($0) }
    }
    /// For a clustered array: whether any node's bitmap has a bit set.
    package var isClusterDirty: Bool?
    package var disks: [Disk] = []
    /// The members in the order of sysfs, for `--export`.
    package var members: [Member] = []
    package var mapEntry: ArrayMap.Entry?

    /// Facts that are all still to be found out.
    package init(path: String, kernelName: String, metadata: Metadata) {
        self.path = path
        self.kernelName = kernelName
        self.metadata = metadata
    }

    /// sysfs `metadata_version`, understood.
    package enum Metadata: Hashable, Sendable {
        /// `1.2`, `0.90`
        case native(String)
        /// `none`
        case absent
        /// `external:…`
        case external(String)
    }

    /// A device of the array.
    package struct Disk: Hashable, Sendable {
        /// The device number in the metadata; nil where the driver was not asked.
        package var number: Int32?
        package var device: DeviceNumber
        /// nil for a spare.
        package var slot: Int?
        package var state: DiskInfo.State
        /// Its node; nil where it has none.
        package var path: String?
        /// Whether the kernel still knows the device.
        package var isAlive: Bool

        package init(
            number: Int32?, device: DeviceNumber, slot: Int?, state: DiskInfo.State, path: String?,
            isAlive: Bool = true
        ) {
            self.number = number
            self.device = device
            self.slot = slot
            self.state = state
            self.path = path
            self.isAlive = isAlive
        }
    }

    /// A device of the array as sysfs names it.
    package struct Member: Hashable, Sendable {
        /// The name behind `dev-`.
        package var name: String
        package var slot: Int?
        package var path: String?

        package init(name: String, slot: Int?, path: String?) {
            self.name = name
            self.slot = slot
            self.path = path
        }
    }
}

/// Why there is nothing to tell.
package enum DetailRefusal: Error, Hashable, Sendable {
    case cannotOpen(SystemCallError)
    case notAnArray
    /// An md device that is not set up.
    case noArray
}

/// Which report is asked for; what it does not show is not gathered.
package enum DetailForm: Hashable, Sendable {
    case long, brief, export
    /// All of them.
    case json
}
