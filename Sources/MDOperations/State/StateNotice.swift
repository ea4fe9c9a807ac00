package import MDKernel

/// What the verbs that start, stop and switch arrays tell.
package enum StateNotice: Hashable, Sendable {
    case cannotOpen(path: String, SystemCallError)
    case notAnArray(path: String)
    case notActive(path: String)
    /// mdadm has other words for what `--action=` cannot use.
    case cannotOpenForAction(path: String, SystemCallError)
    case notAnArrayForAction(path: String)
    /// Somebody uses it: a mount, a process, an array or volume on top.
    case held(path: String, holders: [String])
    /// One of several in a scan is told of only to those who want to know.
    case stopped(path: String, isScan: Bool)
    case stopFailed(path: String, SystemCallError)
    /// `--stop --scan` stops all arrays or none that is named.
    case namedBesideScan
    /// The array is stopped, yet its node did not go in time.
    case nodeLingers(path: String)
    case mapNotUpdated(StepFailure)
    case notReadOnly(path: String, SystemCallError)
    case notWritable(path: String, SystemCallError)
    case started(path: String)
    case startFailed(path: String, SystemCallError, log: [String])
    /// `--action=`: sync_action did not take the word.
    case noAction(path: String, action: String, SystemCallError)
    case noStatus(path: String, SystemCallError)
    /// `--wait-clean` of something that is no array: nothing is to be done.
    case nothingToWaitFor(path: String)
    case notBlockDevice(path: String)
}

/// How a state verb ended for one operand.
package enum StateResult: Hashable, Sendable {
    case done, failed
    /// `--wait`: there was nothing to wait for.
    case idle
    /// `--wait` and `--wait-clean`: the operand is no block device.
    case unusable
}
