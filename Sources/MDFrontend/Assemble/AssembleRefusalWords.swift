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
        case .damaged(let path):
            [.error("the superblock on \(path.escapedText) is damaged: impossible number of slots")]
        case .mapLocked(let error): [.error("cannot lock the map of arrays: \(error.errno.words)")]
        case .notOpened(let path, let error):
            [.error("cannot open \(path.escapedText): \(error.errno.words)")]
        case .step(let failure): [.error("failed to \(failure.step.words): \(failure.error.errno.words)")]
        case .update(let refusal): [.error(refusal.words)]
        default: []
        }
    }
}

extension UpdateRefusal {
    var words: String {
        switch self {
        case .unsupported(let word): "--update=\(word.escapedText) not understood for 1.x metadata"
        case .missingCluster: "--update=home-cluster needs a name (--home-cluster)"
        case .missingNodes: "--update=nodes needs a number (--nodes)"
        case .clusterNameTooLong: "a cluster's name has at most 64 bytes"
        case .member(_, .noBitmap): "Error: Invalid bitmap"
        case .member(let path, let refusal): "\(path.escapedText): \(refusal.words); nothing was changed"
        }
    }
}

extension SuperblockUpdate.Refusal {
    var words: String {
        switch self {
        case .noBitmap: "it has no bitmap"
        case .notClustered: "its bitmap is not a clustered one"
        case .badBlocksRecorded: "its bad-block log has entries (--update=force-no-bbl drops them)"
        case .noRoom: "there is no room for it between superblock and data"
        case .tooManyNodes(let limit): "there is room for \(limit) nodes at most"
        }
    }
}
