internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel
package import MDOperations

extension AssembleNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .looking(let array):
            [.error("looking for devices for \(array?.escapedText ?? "further assembly")", from: 1)]
        case .unreadable(let path, let failure, let isExplicit):
            failure.messages(path, from: isExplicit ? 0 : 1)
        case .candidate(let told, let misses, let isExplicit):
            told.messages(misses, from: isExplicit ? 0 : 1)
        case .updating(let path, .sparc):
            [.error("adjusting superblock of \(path.escapedText) for 2.2/sparc compatibility.", from: 0)]
        case .updating(let path, .superMinor(let minor)):
            [.error("updating superblock of \(path.escapedText) with minor number \(minor)", from: 1)]
        case .identified(let path, let array, let slot, let isReplacement):
            [
                .error(
                    "\(path.escapedText) is identified as a member of \(array.escapedText), "
                        + "slot \(slot ?? -1)\(isReplacement ? " replacement" : "").",
                    from: 1)
            ]
        case .merging(let array, let isSurprising):
            [.error("Merging with already-assembled \(array.escapedText)", from: isSurprising ? 0 : 1)]
        case .reshapeWaits(let array):
            [
                .error(
                    "\(array.escapedText) is read-only: nobody would keep copies while its reshape goes on, "
                        + "which this release does not do yet")
            ]
        case .goesOnWithoutBackup(let problem):
            problem.cause + [.error("continuing without restoring backup", from: 1)]
        case .reshape(let remark): remark.messages
        case .startsWithoutJournal: [.error("Journal is missing or stale, starting array read only.")]
        case .remark(let remark, let array): remark.messages(array.escapedText)
        case .added(let path, let array, let slot, let isReplacement, let isStale):
            [
                .error(
                    "added \(path.escapedText) to \(array.escapedText) as \(slot ?? -1)"
                        + (isReplacement ? " replacement" : "") + (isStale ? " (possibly out of date)" : ""), from: 1)
            ]
        case .addFailed(let path, let array, let error):
            [.error("failed to add \(path.escapedText) to \(array.escapedText): \(error.errno.words)")]
        default: ending
        }
    }

    /// How it ended.
    private var ending: [Message] {
        switch self {
        case .attributeFailed(let name, let value):
            [.error("SYSFS: failed to write '\(value.escapedText)' to '\(name.escapedText)'")]
        case .started(let report): [.note(report.startedWords)]
        case .notStarted(let report, let verdict):
            [.error(report.words + verdict.words(of: report), from: -1)]
        case .mapMissing(let isFirstOfScan):
            (isFirstOfScan ? [.error("failed to get exclusive lock on mapfile")] : [])
                + [.error("failed to get exclusive lock on mapfile - continue anyway...")]
        case .policyIgnored(let word): [.error("metadata=\(word.escapedText) unrecognised - ignoring rule")]
        case .reAdded(let path): [.error("\(path.escapedText) has been re-added.", from: 0)]
        case .notMadeReadOnly(let array, let errno):
            [
                .error(
                    "failed to write 'readonly' to '/sys/block/\(array.escapedText)/md//array_state' "
                        + "(\(errno.words))")
            ]
        case .runFailed(let array, let failure): failure.messages(array.escapedText)
        case .staysReadOnly(let array, let error):
            [
                .error("\(array.escapedText) runs, but stays read-only: \(error.errno.words)"),
                .more(
                    "While it is read-only here, no node can add a disk to it: --readwrite makes it writable."
                ),
            ]
        case .nodeMissing(let path): [.error("timeout waiting for \(path.escapedText)")]
        case .refused(let refusal): refusal.messages
        default: []
        }
    }
}

extension ReshapeRemark {
    var messages: [Message] {
        switch self {
        case .searching(let array):
            [
                .error(
                    "\(array.escapedText) has an active reshape - checking if critical section needs to be restored",
                    from: 1)
            ]
        case .noCopies(let place): [.error("No backup metadata on \(place.escapedText)", from: 1)]
        case .foreignCopies(let place): [.error("Wrong uuid on backup-metadata on \(place.escapedText)", from: 1)]
        case .tooOld(let place):
            [
                .error("too-old timestamp on backup-metadata on \(place.escapedText)"),
                .error("If you think it is should be safe, try 'export MDADM_GROW_ALLOW_OLD=1'"),
            ]
        case .oldTaken(let copies, let array):
            [.error("accepting backup with timestamp \(copies) for array with timestamp \(array)")]
        case .unconfirmed(let place):
            [.error("Failed to verify secondary backup-metadata block on \(place.escapedText)", from: 1)]
        case .unneeded(let place):
            [.error("backup-metadata found on \(place.escapedText) but is not needed", from: 1)]
        case .notFound: [.error("Failed to find backup of critical section", from: 1)]
        case .restoring: [.note("restoring critical section")]
        }
    }
}

extension MemberFailure {
    func messages(_ path: String, from verbosity: Int) -> [Message] {
        switch self {
        // Always told: a configuration that names a file is mistaken, as an operand is.
        case .notBlockDevice: [.error("\(path.escapedText) is not a block device.")]
        case .call(let error) where error.call == "open" || error.call == "stat":
            [.error("cannot open device \(path.escapedText): \(error.errno.words)", from: verbosity)]
        case .call(let error):
            [.error("cannot read \(path.escapedText): \(error.errno.words)", from: verbosity)]
        }
    }
}

extension AssemblySelection.Told {
    func messages(_ misses: [MetadataMiss], from verbosity: Int) -> [Message] {
        let name = path.escapedText
        let texts: [String] =
            switch remark {
            case .unreadable: []
            case .otherPlaces: misses.map { $0.words(path: name) }
            case .noSuperblock(nil) where misses == [.partitionTable]: misses.map { $0.words(path: name) }
            case .noSuperblock(nil) where misses.isEmpty: ["no recogniseable superblock on \(name)"]
            case .noSuperblock: misses.map { $0.words(path: name) } + ["no RAID superblock on \(name)"]
            case .mismatch(let mismatch): [mismatch.words(name)]
            case .busy: ["\(name) is busy - skipping"]
            case .wrongHomeHost: ["\(name) misses out due to wrong homehost"]
            case .rightHomeHost: ["\(name) overrides previous devices due to good homehost"]
            }
        return texts.map { .error($0, from: verbosity) }
    }
}

extension ArrayIdentity.Mismatch {
    func words(_ name: String) -> String {
        switch self {
        case .notListed(let patterns): "\(name) is not one of \(patterns.joined(separator: ",").escapedText)"
        case .uuid: "\(name) has wrong uuid."
        case .name: "\(name) has wrong name."
        case .superMinor: "\(name) has wrong super-minor."
        case .level: "\(name) has wrong raid level."
        case .raidDisks: "\(name) requires wrong number of drives."
        }
    }
}

extension Assembly.Remark {
    func messages(_ array: String) -> [Message] {
        switch self {
        case .disputes(let path, let freshest):
            [.error("ignoring \(path.escapedText) as it reports \(freshest.escapedText) as failed", from: 0)]
        case .forcedEvents(let path, let slot, let from, let to):
            [.error("forcing event count in \(path.escapedText)(\(slot)) from \(from) up to \(to)", from: 0)]
        case .noFreshMember(let slot): [.error("no uptodate device for slot \(slot) of \(array)", from: 1)]
        case .clearedFaulty(let index, let path):
            [.error("clearing FAULTY flag for device \(index) in \(array) for \(path.escapedText)", from: 0)]
        case .rolesDiffer(let slot, let path):
            [
                .error(
                    "device \(2 * slot) in \(array) has wrong state in superblock, "
                        + "but \(path.escapedText) seems ok",
                    from: -1)
            ]
        // mdadm's words, whatever it was that changed.
        case .leaderRewritten: [.error("Marking array \(array) as 'clean'", from: 0)]
        }
    }
}

extension AssembleReport {
    /// Members, those that rebuild, spares and journals, in mdadm's joints.
    private func count(outOf total: Int?) -> String {
        var text = "\(available) drive\(available == 1 ? "" : "s")"
        if let total, available < total { text += " (out of \(total))" }
        if rebuilding > 0 { text += "\(spares > 0 && total != nil ? "," : " and") \(rebuilding) rebuilding" }
        if spares > 0 { text += " and \(spares) spare\(spares == 1 ? "" : "s")" }
        if journals > 0 { text += " and \(journals) journal" }
        return text
    }

    var startedWords: String { "\(array.escapedText) has been started with \(count(outOf: raidDisks))." }
    var words: String { "\(array.escapedText) assembled from \(count(outOf: nil))" }
}

extension Assembly.Verdict {
    func words(of report: AssembleReport) -> String {
        switch self {
        case .notEnoughWhileDirty: " - not enough to start the array while not clean - consider --force."
        case .wantsMore(let needed) where needed == report.raidDisks:
            " - need all \(report.raidDisks) to start it (use --run to insist)."
        case .wantsMore(let needed): " - need \(needed) to start (use --run to insist)."
        case .heldBack: " (out of \(report.raidDisks)), but not started."
        default: " - not enough to start the array."
        }
    }
}

extension RunFailure {
    func messages(_ array: String) -> [Message] {
        let first = Message.error("failed to RUN_ARRAY \(array): \(error.errno.words)")
        let hint: [Message] =
            switch cause {
            case .tooFewMembers: [.error("Not enough devices to start the array.")]
            case .tooFewWhileDirty:
                [.error("Not enough devices to start the array while not clean - consider --force.")]
            case .lockManagerMissing:
                [.more("dlm_controld does not run on this node: start corosync and dlm first.")]
            case .clusterModuleMissing: [.more("The kernel has no md-cluster module, or cannot load it.")]
            case .otherCluster(let recorded, let running):
                [
                    .more(
                        "The array belongs to cluster \"\(recorded.escapedText)\""
                            + (running.map { ", this node to \"\($0.escapedText)\"." }
                                ?? ", this node to another.")),
                    .more(
                        "--assemble --update=home-cluster --home-cluster=NAME gives it to another cluster."),
                ]
            case .noSlotLeft:
                [.more("The cluster has more nodes than the array's bitmap has slots (see --nodes).")]
            case .unknown: []
            }
        let isPlain = cause == .tooFewMembers || cause == .tooFewWhileDirty
        return [first] + hint + (isPlain ? [] : log.suffix(8).map { .more("kernel: \($0.escapedText)") })
    }
}
