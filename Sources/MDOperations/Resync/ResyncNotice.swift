package import MDKernel
package import MDModel

/// What `--resync` tells while it works. `node` is the other node that syncs, where it is known.
package enum ResyncNotice: Hashable, Sendable {
    /// The operand, or a file of sysfs, cannot be read.
    case cannotLook(path: String, SystemCallError)
    case notAnArray(path: String)
    case gone(path: String)
    case done(path: String, SyncPlan.Deed, SyncState, ClusterView?)
    case nothing(path: String, SyncPlan.Reason, SyncState, node: UInt32?)
    case refused(path: String, SyncPlan.Refusal, node: UInt32?)
    /// A file of sysfs did not take the word.
    case failed(path: String, verb: SyncVerb, StepFailure)
    /// It took the word, and the sync goes on or does not begin.
    case ignored(path: String, verb: SyncVerb)
}
