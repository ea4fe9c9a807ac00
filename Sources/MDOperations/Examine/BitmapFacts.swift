package import MDFormats
package import MDKernel

/// What `--examine-bitmap` found out about one device.
package struct BitmapFacts: Sendable {
    /// The header of the only bitmap, or of the first node's.
    package let header: BitmapSuperblock
    /// One bitmap, or one a node of a clustered array.
    package let parts: [Part]
    /// The node whose bitmap could not be read, where there is one; those behind it were not tried.
    package let unreadableNode: Int?
    /// Whether the array has metadata 0.90, whose uuids print word by word.
    package var isVersion0 = false

    /// Whether each node has a bitmap of its own.
    package var isClustered: Bool { header.nodes > 0 }

    /// One node's bitmap.
    package struct Part: Sendable {
        package let header: BitmapSuperblock
        /// nil where nobody asked for it.
        package let bits: Bits?
    }

    /// How many bits there are, and how many are set.
    package struct Bits: Hashable, Sendable {
        package var total: UInt64
        package var dirty: UInt64
        /// Whether the device ended before the bitmap did; `total` is what could be read.
        package var isShort: Bool
    }
}

/// Why a device has no bitmap to show.
package enum BitmapRefusal: Error, Hashable, Sendable {
    case cannotOpen(SystemCallError)
    case notBlockDevice
    /// No metadata at all.
    case noMetadata
    /// Metadata without a bitmap, or with one that belongs to another array.
    case noBitmap
}
