package import MDBytes
package import MDKernel
package import MDLocks
package import MDModel

/// What a manage verb tells while it runs. Devices are named as the user named them.
package enum ManageNotice: Hashable, Sendable {
    case added(String)
    case journalAdded(array: String)
    /// mdadm.conf names no device that is there.
    case nothingToSearch
    case addedAlthoughTooLarge(String, array: String)
    case reAdded(String)
    /// A faulty member that never left took its place again. The array goes by its kernel name.
    case reAddedInPlace(String, array: String)
    /// The driver does not take a device back by its member's file; it may take it as one that comes from outside.
    case notTakenBack(file: String, Errno)
    /// A device comes back with its bad-block log, which `--update=no-bbl` does not drop: it has entries.
    case keepsBadBlocks(array: String)
    case removed(String, array: String)
    case faulted(String, array: String)
    case markedForReplacement(String, slot: Int, array: String)
    case madeReplacement(String, slot: Int, array: String)
    /// No agent runs here that could ask the other nodes before a disk is added.
    case noAgent(array: String)
    /// The agent of this node cannot ask the others now.
    case agentUnable(array: String)
    /// Nodes of the array, by their ids, where no agent runs or answers.
    case nodesNotAsked(array: String, nodes: [UInt32])
    /// Why the list ended.
    case failed(ManageFailure)
}

/// Why an operation, and with it the list, ended.
package enum ManageFailure: Error, Hashable, Sendable {
    /// The array cannot be opened.
    case openArray(String, Errno)
    case notArray(String)
    case arrayInactive(String)
    case misuse(ManageOperand.Misuse, ManageRequest.Action)
    case copySetWithoutRAID10(String)
    case noSuchCopySet(String)
    case notComponent(String, array: String)
    case status(String, Errno)
    case notBlockDevice(String)
    case open(String, Errno)
    case read(String, Errno)
    case tooSmall(String)
    /// Most of it would stay unused.
    case tooLarge(String, array: String)
    case externalMetadata(String)
    /// `--update=` cannot be made on a device that was to come back.
    case updateBeforeReAdd(String, SuperblockUpdate.Refusal)
    /// Too few members for the array to work: adding cannot help.
    case arrayFailed(String, device: String)
    case noReference(String, device: String)
    case noNumber(array: String)
    case prepare(String, StepFailure)
    case add(String, number: Int, Errno)
    case addJournal(String, array: String)
    /// What nodes said before anything was written.
    case refusedByNodes(String, array: String, [NodeAnswer])
    case addToCluster(String, number: Int, Errno, ClusterAddDiagnosis)
    case reAdd(String, array: String, Errno)
    case reAddImpossible(String, array: String)
    case reAddWithoutMetadata(String, array: String)
    /// The journal is in, but the array stays read-only.
    case journalNotStarted(String, Errno)
    case remove(String, Errno)
    case setFaulty(String, Errno)
    case wouldBreak(String, array: String)
    case notReadOnlyForJournal(String)
    case notInArrayToReplace(String, array: String)
    case hasNoSlot(String)
    case replace(String, array: String, Errno)
    case notInArrayAsReplacement(String, array: String)
    case activeAsReplacement(String)
    case faultyAsReplacement(String)
    case pair(String, array: String, Errno)
    case unpairedReplacement(String)
    case badConfirmation
    case confirm(ConfirmFailure)
    case makeReadOnly(String, Errno)
    /// The array was kept from recovering and cannot be let go again.
    case frozen(String, file: String, Errno)
    case lock(ClusterFailure)
}

/// What is known about an add that other nodes did not agree to.
package struct ClusterAddDiagnosis: Hashable, Sendable {
    /// What the kernel logged since the add began.
    package var kernelLog: [String]
    package var milliseconds: Int
    /// How long a receiver waits for its own user space.
    package var window: Milliseconds

    package init(kernelLog: [String], milliseconds: Int, window: Milliseconds) {
        self.kernelLog = kernelLog
        self.milliseconds = milliseconds
        self.window = window
    }
}

/// How a manage verb ended.
package enum ManageOutcome: Hashable, Sendable {
    /// Everything was done; how many operations changed something.
    case done(changes: Int, operations: Int)
    case failed
    /// SET_DISK_FAULTY answered EBUSY.
    case refusedToFail
}
