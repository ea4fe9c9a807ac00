package import MDBytes

/// `--create`, as asked; nil means that the option was not given.
package struct CreateRequest: Hashable, Sendable {
    package var common: CommonOptions
    /// The array operand as typed.
    package var array: String
    package var devices: [DeviceOperand] = []
    package var level: Level?
    /// `--layout=` as typed; judged against the level by the planner.
    package var layout: String?
    /// `-n`
    package var raidDevices: Int?
    /// `-x`
    package var spareDevices: Int?
    /// `-c`, KiB.
    package var chunkKiB: UInt64?
    /// `-z`; nil for "not given"
    package var size: SizeChoice?
    /// `--data-offset`, sectors.
    package var dataOffset: Sectors?
    /// `--data-offset=variable`: each device may have one of its own.
    package var hasOwnOffsets = false
    package var bitmap: BitmapChoice = .unspecified
    /// `--bitmap-chunk`, bytes.
    package var bitmapChunk: ByteCount?
    /// `--write-behind`
    package var writeBehind: UInt32?
    /// `--delay`, seconds.
    package var bitmapDelay: UInt32?
    /// `--nodes`
    package var nodes: Int?
    package var name: String?
    package var uuid: UUID?
    package var assumeClean = false
    /// `--write-zeroes`: the data areas are filled with zeros first.
    package var writesZeroes = false
    /// `--logical-block-size`, bytes.
    package var logicalBlockSize: UInt32?
    /// Arrays that `--destroy` names.
    package var destroyed: [UUID] = []
    /// `-k` as typed.
    package var consistencyPolicy: String?

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }
}

/// A size given in words.
package enum SizeChoice: Hashable, Sendable {
    case max
    case sectors(Sectors)
}
