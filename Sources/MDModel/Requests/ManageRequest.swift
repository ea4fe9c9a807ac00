/// `--manage`: what to do with one array, in the order in which it was written.
package struct ManageRequest: Hashable, Sendable {
    package var common: CommonOptions
    package var array: String
    /// Operations on devices, left to right.
    package var operations: [Operation] = []
    /// `--update=` with `--re-add`: already known to be a word that it allows.
    package var update: String?
    /// `--readonly`, before the operations.
    package var makeReadOnly = false
    /// `--run`, after the operations.
    package var start = false
    /// `--stop`, last.
    package var stop = false

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }

    /// One device and what is to happen to it.
    package struct Operation: Hashable, Sendable {
        package var action: Action
        package var device: DeviceOperand

        package init(action: Action, device: DeviceOperand) {
            self.action = action
            self.device = device
        }
    }

    /// What is to happen to a device.
    package enum Action: Hashable, Sendable {
        case add, addSpare, addJournal, reAdd, remove, fail, replace, with
        /// `--cluster-confirm`; the operand is `N:DEV` or `N:missing`.
        case clusterConfirm
    }
}
