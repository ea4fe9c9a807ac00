package import MDBytes
package import MDFormats
package import MDKernel

/// What `--examine` found out about one device.
package struct ExamineFacts: Sendable {
    /// The operand as typed.
    package let path: String
    package let answer: Answer

    package init(path: String, answer: Answer) {
        self.path = path
        self.answer = answer
    }

    /// What there is to show, or why there is nothing.
    package enum Answer: Sendable {
        /// The device could not be opened or read.
        case unreadable(SystemCallError)
        /// A native superblock; with a format asked for, the places that did not hold one.
        case version1(Version1Facts, missed: [MetadataMiss])
        /// A superblock of metadata 0.90.
        case version0(Version0Facts)
        /// No superblock, but a partition table.
        case partitions([Partition])
        /// The format that was asked for is not there.
        case missed([MetadataMiss])
        /// Nothing md knows.
        case nothing([MetadataMiss])
    }

    /// An entry of an MBR partition table; sectors.
    package struct Partition: Hashable, Sendable {
        package let index: Int
        package let start: UInt32
        package let count: UInt32
        package let type: UInt8
    }
}

/// A superblock of metadata 0.90 and what must be known with it to describe it.
package struct Version0Facts: Sendable {
    package var superblock: SuperblockV0
    /// The nodes of the disks in its table, where this host has such a device and somebody asked.
    package var paths: [DeviceNumber: String] = [:]

    /// `bitmap` is what lies where its bitmap would be.
    package init(superblock: SuperblockV0, bitmap: BitmapSuperblock?) {
        self.superblock = superblock
        // A bitmap of another array, or none at all, is none: what is shown is what would be assembled.
        if let bitmap, bitmap.hasMagic, bitmap.uuid == superblock.arrayUUID { return }
        self.superblock.state.remove(.bitmapPresent)
    }
}

/// A native superblock and what must be known with it to describe it.
package struct Version1Facts: Sendable {
    package var superblock: SuperblockV1
    /// The header of its bitmap, where it has one.
    package var bitmap: BitmapSuperblock?
    package var deviceSize: Sectors

    package init(superblock: SuperblockV1, bitmap: BitmapSuperblock?, deviceSize: Sectors) {
        self.superblock = superblock
        self.bitmap = bitmap
        self.deviceSize = deviceSize
        guard superblock.features.contains(.bitmap) else { return }
        // A bitmap of another array, or none at all, is none: what is shown is what would be assembled.
        if let bitmap, bitmap.hasMagic, bitmap.uuid == superblock.arrayUUID { return }
        self.superblock.features.remove(.bitmap)
        self.bitmap = nil
    }
}
