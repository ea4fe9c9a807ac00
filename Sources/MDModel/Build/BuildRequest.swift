/// `--build`, as asked; nil means that the option was not given.
package struct BuildRequest: Hashable, Sendable {
    package var common: CommonOptions
    /// The array operand as typed.
    package var array: String
    package var devices: [DeviceOperand] = []
    package var level: Level?
    /// `--layout=` as typed, known to be one of the level's.
    package var layout: String?
    /// `-n`
    package var raidDevices: Int?
    /// `-c`, KiB.
    package var chunkKiB: UInt64?
    /// `-z`
    package var size: SizeChoice?
    package var bitmap: BitmapChoice = .unspecified
    /// `--write-behind`
    package var writeBehind: UInt32?
    package var assumeClean = false

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }
}
