package import MDKernel
package import MDModel

/// What an assemble verb tells while it runs.
package enum AssembleNotice: Hashable, Sendable {
    /// The search for an array's members begins; nil where nobody named an array.
    case looking(array: String?)
    /// A device could not be read.
    case unreadable(path: String, MemberFailure, isExplicit: Bool)
    /// Something about one device, and why places where a superblock was looked for have none.
    case candidate(AssemblySelection.Told, misses: [MetadataMiss], isExplicit: Bool)
    /// `--update=` is about to change a member.
    case updating(path: String, SuperblockUpdate)
    case identified(path: String, array: String, slot: Int?, isReplacement: Bool)
    /// Members are added to an array that was begun earlier. It is worth a line of its own where the user
    /// named the array differently.
    case merging(array: String, isSurprising: Bool)
    case remark(Assembly.Remark, array: String)
    /// `--force` starts an array whose write journal is not there.
    case startsWithoutJournal
    /// The array is made read-only, for its reshape cannot go on without somebody who keeps copies.
    case reshapeWaits(array: String)
    case reshape(ReshapeRemark)
    /// Nothing is put back, and that is wanted.
    case goesOnWithoutBackup(ReshapeRefusal)
    case added(path: String, array: String, slot: Int?, isReplacement: Bool, isStale: Bool)
    /// A POLICY line for a format that there is not.
    case policyIgnored(format: String)
    /// A member that was out of date.
    case reAdded(path: String)
    case addFailed(path: String, array: String, SystemCallError)
    /// The map can neither be locked nor written. Arrays are assembled all the same, and a scan says it once more.
    case mapMissing(isFirstOfScan: Bool)
    /// What a SYSFS line wants could not be written, or lies outside the array's directory.
    case attributeFailed(name: String, value: String)
    case started(AssembleReport)
    case notStarted(AssembleReport, Assembly.Verdict)
    /// What would have started it without letting anybody write.
    case notMadeReadOnly(array: String, Errno)
    case runFailed(array: String, RunFailure)
    /// The array runs, but could not be made writable.
    case staysReadOnly(array: String, SystemCallError)
    case nodeMissing(path: String)
    case refused(AssembleRefusal)
}

/// The members of an array that was put together.
package struct AssembleReport: Hashable, Sendable {
    package var array: String
    /// Members with all their data.
    package var available = 0
    package var raidDisks = 0
    package var rebuilding = 0
    package var spares = 0
    package var journals = 0

    package init(array: String) { self.array = array }
}

/// Why the kernel did not run an array.
package struct RunFailure: Error, Hashable, Sendable {
    /// What is behind the error number, as far as it can be told.
    package enum Cause: Hashable, Sendable {
        case tooFewMembers
        case tooFewWhileDirty
        /// dlm_controld does not run.
        case lockManagerMissing
        case clusterModuleMissing
        /// The bitmap was made for another cluster.
        case otherCluster(recorded: String, running: String?)
        /// More nodes than the bitmap has slots.
        case noSlotLeft
        case unknown
    }

    package var error: SystemCallError
    package var cause: Cause
    /// What md said in the kernel's log meanwhile.
    package var log: [String]
}

/// Why a device could not be read as a member.
package enum MemberFailure: Hashable, Sendable {
    /// A regular file.
    case notBlockDevice
    case call(SystemCallError)
}

/// Why an array is not assembled.
package enum AssembleRefusal: Error, Hashable, Sendable {
    case noDegradedWithoutScan
    case updateWithScan
    case notInConfiguration(array: String)
    case noIdentity(array: String)
    /// `--super-minor=dev` without a node to take it from.
    case noNode(path: String)
    case duplicateNames(String, first: String, second: String)
    case operand(ArrayOperand.Refusal)
    /// A device on the command line has no superblock.
    case noSuperblock(path: String)
    case differs(path: String)
    /// Some of the members found belong to an array that runs.
    case alreadyActive(path: String)
    /// The name or number stands for another array.
    case inUse(path: String)
    case noNumberLeft
    case noLeader(array: String)
    /// The write journal is missing or stale.
    case noJournal
    case damaged(path: String)
    /// The array is in the middle of a reshape that cannot be taken up.
    case reshape(ReshapeRefusal)
    /// Two devices of 0.90 hold one superblock. `isListed`: the command line names them.
    case alike(String, String, isListed: Bool)
    case mapLocked(SystemCallError)
    case notOpened(path: String, SystemCallError)
    case step(StepFailure)
    case update(UpdateRefusal)
    /// The DEVICE lines of the configuration name nothing that is there.
    case noDevices
    /// Nothing in the configuration, and nothing found without it where that was looked for.
    case noArrays(searchedDevices: Bool)
    /// The kernel did not run it; why was told.
    case notStarted
}

/// What there is to say of the copies that a reshape kept.
package enum ReshapeRemark: Hashable, Sendable {
    /// They are looked for.
    case searching(array: String)
    case noCopies(on: String)
    /// They are of another array.
    case foreignCopies(on: String)
    /// They are older or newer than the array, and are left alone.
    case tooOld(on: String)
    /// The same, but they are wanted all the same. Seconds since 1970.
    case oldTaken(copies: UInt64, array: UInt64)
    /// They were given up, as the second header says.
    case unconfirmed(on: String)
    /// The reshape is past them.
    case unneeded(on: String)
    /// There is nothing that could be put back.
    case notFound
    /// What may have been overwritten halfway is put back.
    case restoring
}

/// Why a reshape cannot be taken up.
package enum ReshapeRefusal: Error, Hashable, Sendable {
    /// No backup file was given to restore from.
    case noBackup
    case backupNotOpened(path: String, SystemCallError)
    /// There are copies, but they cannot be put back.
    case notRestored(path: String, Restoration.Refusal)
    /// There is a file, but no backup of this array in it.
    case noneInBackup
    /// Nothing is to be restored, but copies are to be kept as it goes on. `hasReverted`: it was just turned round.
    case needsBackup(array: String, hasReverted: Bool)
    /// Some members are in the array already, so that nothing can be put back.
    case alreadyBegun(array: String)
}

/// Why `--update=` cannot be done.
package enum UpdateRefusal: Error, Hashable, Sendable {
    /// The array's metadata has nothing of the sort.
    case unsupported(word: String, format: String)
    case missingCluster
    case missingNodes
    case clusterNameTooLong
    /// A member that would pass for fresh afterwards.
    case stale(path: String)
    case member(path: String, SuperblockUpdate.Refusal)
}

/// What became of one array.
package struct AssembleOutcome: Hashable, Sendable {
    /// How it ended.
    package enum Result: Hashable, Sendable {
        case started
        /// Put together, but held back by `--no-degraded`.
        case heldBack
        /// Not started, not done, or stopped again; the reason was told.
        case refused
        /// No device fits.
        case nothing
        /// `--dry-run`
        case planned
    }

    package var result: Result
    /// What the array is called: `/dev/md/home`.
    package var path: String?
    /// `md127`
    package var kernelName: String?
    package var isClustered = false

    package init(_ result: Result) { self.result = result }
}
