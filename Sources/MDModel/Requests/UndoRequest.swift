/// `--undo [ENTRY]`
package struct UndoRequest: Hashable, Sendable {
    package var common: CommonOptions
    /// The entry to put back; nil lists what there is.
    package var entry: String?

    package init(common: CommonOptions, entry: String?) {
        self.common = common
        self.entry = entry
    }
}
