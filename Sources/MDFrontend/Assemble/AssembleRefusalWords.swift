internal import MDBytes
internal import MDKernel
internal import MDModel
internal import MDOperations

extension AssembleRefusal {
    var messages: [Message] {
        switch self {
        case .noDegradedWithoutScan: [.error("--no-degraded not meaningful without a --scan assembly.")]
        case .updateWithScan: [.error("--update not meaningful with a --scan assembly.")]
        case .notInConfiguration(let array): [.error("\(array.escapedText) not identified in config file.")]
        case .noIdentity(let array): [.error("no identity is known for \(array.escapedText).")]
        case .noNode(let path):
            [.error("--super-minor=dev given, and listed device \(path.escapedText) doesn't exist.")]
        case .duplicateNames(let name, let first, let second):
            [
                .error(
                    "Devices \(first.escapedText) and \(second.escapedText) have the same name: "
                        + name.escapedText
                ),
                .error("Duplicate MD device names in conf file were found."),
            ]
        case .noArrays(let searched):
            [.error("No arrays found in config file\(searched ? " or automatically" : "")")]
        case .noDevices: [.error("No devices listed in conf file were found.")]
        case .operand(let refusal): [.error(refusal.words)]
        case .noSuperblock(let path): [.error("\(path.escapedText) has no superblock - assembly aborted")]
        case .differs(let path):
            [.error("superblock on \(path.escapedText) doesn't match others - assembly aborted")]
        case .alreadyActive(let path):
            [
                .error("Found some drive for an array that is already active: \(path.escapedText)"),
                .error("giving up."),
            ]
        default: rare
        }
    }

    private var rare: [Message] {
        switch self {
        case .inUse(let path): [.error("\(path.escapedText) is already in use.")]
        case .noNumberLeft: [.error("No free md number is left.")]
        case .noLeader(let array): [.error("No suitable drives found for \(array.escapedText)")]
        case .noJournal:
            [.error("Not safe to assemble with missing or stale journal device, consider --force.")]
        case .damaged(let path):
            [.error("the superblock on \(path.escapedText) is damaged: impossible number of slots")]
        case .alike(let first, let second, let isListed):
            [
                .error(
                    "WARNING \(first.escapedText) and \(second.escapedText) appear to have very similar superblocks."),
                .more("If they are really different, please --zero the superblock on one"),
                .more(
                    "If they are the same or overlap, please remove one from "
                        + (isListed ? "the list." : "the\n      DEVICE list in mdadm.conf.")),
            ]
        case .reshape(let refusal): refusal.messages
        case .mapLocked(let error): [.error("cannot lock the map of arrays: \(error.errno.words)")]
        case .notOpened(let path, let error):
            [.error("cannot open \(path.escapedText): \(error.errno.words)")]
        case .step(let failure): [.error("failed to \(failure.step.words): \(failure.error.errno.words)")]
        case .update(.member(let path, .notStriped(let layout))):
            [
                .error("\(path.escapedText): \(layout.updateWord) only supported for RAID0"),
                .error("--update=\(layout.updateWord) not understood for 1.x metadata"),
            ]
        case .update(.member(_, .notAligned)):
            [.error("Reshape position is not suitably aligned."), .error("Try normal assembly and stop again")]
        case .update(let refusal): [.error(refusal.words)]
        default: []
        }
    }
}

extension ReshapeRefusal {
    var messages: [Message] {
        let lost = Message.error("Failed to restore critical section for reshape, sorry.")
        switch self {
        case .noBackup: return [lost, .more("Possibly you needed to specify the --backup-file")]
        case .backupNotOpened, .notRestored, .noneInBackup: return cause + [lost]
        case .alreadyBegun(let array):
            return [
                .error("\(array.escapedText) has taken some of its members already, in the middle of a reshape."),
                .more("Stop it, and assemble it again with all of them."),
            ]
        case .needsBackup(let array, let hasReverted):
            let words: [Message] = [
                .error("\(array.escapedText): Need a backup file to complete reshape of this array."),
                .error("Please provided one with \"--backup-file=...\""),
            ]
            guard hasReverted else { return words }
            return words + [.error("(Don't specify --update=revert-reshape again, that part succeeded.)")]
        }
    }

    /// What is wrong with the file.
    var cause: [Message] {
        switch self {
        case .backupNotOpened(let path, let error):
            [.error("Can't open backup file \(path.escapedText) : \(error.errno.words)")]
        case .notRestored(let path, let refusal):
            refusal.words.map { [.error("nothing is restored from \(path.escapedText): \($0)")] } ?? []
        default: []
        }
    }
}

extension Restoration.Refusal {
    /// Nil where mdadm says nothing, either.
    fileprivate var words: String? {
        switch self {
        case .nothingToRestore, .unconfirmed: nil
        case .notAligned: "its copies do not begin and end with a stripe"
        case .tooShort: "it ends before its copies do"
        case .impossible: "the superblocks describe a shape that no array can have"
        case .tooLarge: "its copies are larger than those of any reshape"
        }
    }
}

extension UpdateRefusal {
    var words: String {
        switch self {
        case .unsupported(let word, let format): "--update=\(word.escapedText) not understood for \(format) metadata"
        case .missingCluster: "--update=home-cluster needs a name (--home-cluster)"
        case .missingNodes: "Please specify nodes number with --nodes"
        case .clusterNameTooLong: "a cluster's name has at most 64 bytes"
        case .member(_, .noBitmap): "Error: Invalid bitmap"
        case .member(_, .hasBitmap): "Cannot add PPL to array with bitmap"
        case .member(_, .noRoomForLog): "Not enough space to add ppl"
        case .member(_, .metadataBesideBitmap): "Cannot update metadata when bitmap is present"
        case .member(_, .unclean): "Cannot update metadata on unclean array"
        case .stale(let path):
            "\(path.escapedText) is out of date, and would pass for fresh after --update=metadata: "
                + "leave it out and add it afterwards; nothing was changed"
        case .member(let path, .keepsDisks):
            "\(path.escapedText): Can only revert reshape which changes number of devices"
        case .member(let path, .noReshape): "No active reshape to revert on \(path.escapedText)"
        case .member(let path, let refusal): "\(path.escapedText): \(refusal.words); nothing was changed"
        }
    }
}

extension SuperblockUpdate.Refusal {
    var words: String {
        switch self {
        case .notForFormat: "its metadata has nothing of the sort"
        case .noBitmap: "it has no bitmap"
        case .hasBitmap, .metadataBesideBitmap: "it has a bitmap"
        case .hasJournal: "it has a write journal"
        case .levelOnly(let level): "only for arrays of level \(level.name ?? "")"
        case .notStriped: "only for arrays of level raid0"
        case .unclean: "the array is not clean"
        case .noReshape: "it is not reshaping"
        case .keepsDisks: "its reshape keeps the number of devices"
        case .notAligned: "the reshape cannot turn back from where it stands"
        case .notClustered: "its bitmap is not a clustered one"
        case .badBlocksRecorded: "its bad-block log has entries (--update=force-no-bbl drops them)"
        case .noRoom, .noRoomForLog: "there is no room for it between superblock and data"
        case .tooManyNodes(let limit): "there is room for \(limit) nodes at most"
        }
    }
}

extension SuperblockUpdate.StripeLayout {
    /// What `--update=` calls it.
    var updateWord: String {
        switch self {
        case .original: "layout-original"
        case .alternate: "layout-alternate"
        default: "layout-unspecified"
        }
    }
}
