internal import MDBytes

/// A block device of one machine that is no array: a disk, or a partition of one.
struct Drive: Sendable {
    var name: String
    var number: DeviceNumber
    var disk: SimulatedDisk
    /// Where a partition begins on its disk.
    var start = ByteCount.zero
    var size: ByteCount
    /// The disk of a partition.
    var parent: DeviceNumber?
    var isReadOnly = false
    /// What the disk calls itself, in sysfs; nil for one that has no name of its own.
    var wwid: String?
    /// The cable is out: everything answers ENXIO or EIO.
    var isGone = false
    var failsReads = false
    var failsWrites = false
}
