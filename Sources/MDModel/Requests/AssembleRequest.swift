package import MDBytes

/// `--assemble`, as asked.
package struct AssembleRequest: Hashable, Sendable {
    package var common: CommonOptions
    /// The array operand as typed; nil with `--scan` over everything.
    package var array: String?
    package var devices: [DeviceOperand] = []
    package var uuid: UUID?
    package var name: String?
    /// `--super-minor`; nil where it was not given.
    package var superMinor: Int?
    /// `--super-minor=dev`: the number of the array's node, which must be there.
    package var takesMinorFromNode = false
    /// `--no-degraded`
    package var noDegraded = false
    /// `--update=` as typed, already known to be a word of the list.
    package var update: String?
    /// `--nodes` with `--update=nodes`.
    package var nodes: Int?
    package var bitmap: BitmapChoice = .unspecified
    /// `--backup-file`: where a reshape kept copies.
    package var backupFile: String?
    /// `--invalid-backup`: the array is to start although nothing can be restored from there.
    package var invalidBackup = false

    package init(common: CommonOptions) { self.common = common }
}
