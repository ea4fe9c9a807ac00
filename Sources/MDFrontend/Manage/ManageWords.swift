internal import MDBytes
internal import MDKernel
internal import MDModel
package import MDOperations

private func tooLargeWords(_ device: String, for array: String) -> String {
    "\(device.escapedText) is larger than \(array.escapedText) can effectively use."
}

extension ManageNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .added(let device): [.error("added \(device.escapedText)", from: 0)]
        case .journalAdded(let array):
            [.error("Journal added successfully, making \(array.escapedText) read-write")]
        case .reAdded(let device): [.error("re-added \(device.escapedText)", from: 0)]
        case .reAddedInPlace(let device, let array):
            [.error("re-add \(device.escapedText) to \(array.escapedText) succeed", from: 0)]
        case .notTakenBack(let file, let errno):
            [.error("failed to write 're-add' to '\(file.escapedText)' (\(errno.words))")]
        case .nothingToSearch: [.error("no devices to scan for missing members.")]
        case .addedAlthoughTooLarge(let device, let array):
            [.error(tooLargeWords(device, for: array)), .more("Adding anyway as --force was given.")]
        case .keepsBadBlocks(let array): [.error("Cannot remove active bbl from \(array.escapedText)")]
        case .removed(let device, let array):
            [.error("hot removed \(device.escapedText) from \(array.escapedText)", from: 0)]
        case .faulted(let device, let array):
            [.error("set \(device.escapedText) faulty in \(array.escapedText)", from: 1)]
        case .markedForReplacement(let device, let slot, let array):
            [
                .error(
                    "Marked \(device.escapedText) (device \(slot) in \(array.escapedText)) for replacement",
                    from: 0)
            ]
        case .madeReplacement(let device, let slot, let array):
            [
                .error(
                    "Marked \(device.escapedText) in \(array.escapedText) as replacement for device \(slot)",
                    from: 0)
            ]
        case .noAgent(let array):
            [
                .error(
                    "no cluster agent runs on this node: the others are asked for the first time "
                        + "when the disk is added to \(array.escapedText)", from: 1)
            ]
        case .agentUnable(let array):
            [
                .error(
                    "the cluster agent cannot ask the other nodes now: they are asked for the first time "
                        + "when the disk is added to \(array.escapedText)", from: 1)
            ]
        case .nodesNotAsked(let array, let nodes):
            [
                .error(
                    "no agent answered for \(array.escapedText) on node "
                        + nodes.map { "\($0)" }.joined(separator: ", "), from: 1)
            ]
        case .failed(let failure): failure.messages
        }
    }
}

extension ManageFailure: Worded {
    package var messages: [Message] {
        guard case .tooLarge(let device, let array) = self else { return lines.map { .error($0) } }
        return [
            .error(tooLargeWords(device, for: array)),
            .more("Add --force is you really want to add this device."),
        ]
    }

    private var lines: [String] {
        switch self {
        case .openArray(let path, let errno): ["error opening \(path.escapedText): \(errno.words)"]
        case .notArray(let path): ["\(path.escapedText) does not appear to be an md device"]
        case .arrayInactive(let path): ["\(path.escapedText) is not active"]
        case .misuse(let misuse, let action): [misuse.words(for: action)]
        case .copySetWithoutRAID10(let word): ["'\(word.escapedText)' only meaningful with RAID10 arrays"]
        case .noSuchCopySet(let word): ["'\(word.escapedText)' not meaningful with this array"]
        case .notComponent(let name, let array):
            ["\(name.escapedText) does not appear to be a component of \(array.escapedText)"]
        case .makeReadOnly(let array, let errno):
            ["failed to set readonly for \(array.escapedText): \(errno.words)"]
        case .frozen(let array, let file, let errno):
            [
                "\(array.escapedText) is kept from recovering: cannot write idle to \(file.escapedText): "
                    + errno.words
            ]
        case .badConfirmation: ["Could not get the devname of cluster"]
        case .confirm(let failure): failure.lines
        case .lock(let failure): failure.lines
        case .status, .notBlockDevice, .open, .read, .tooSmall, .externalMetadata, .updateBeforeReAdd,
            .arrayFailed, .noReference, .noNumber, .prepare, .notReadOnlyForJournal:
            preparationLines
        case .refusedByNodes(let device, let array, let answers):
            ["cannot add \(device.escapedText) to \(array.escapedText); nothing was written to it:"]
                + answers.map { "node \($0.node): \($0.words)" }
        case .add, .addJournal, .addToCluster, .reAdd, .reAddImpossible, .reAddWithoutMetadata,
            .journalNotStarted:
            additionLines
        default: departureLines
        }
    }

    /// What can be wrong with a device before anything was done.
    private var preparationLines: [String] {
        switch self {
        case .status(let path, let errno): ["stat failed for \(path.escapedText): \(errno.words)"]
        case .notBlockDevice(let path): ["\(path.escapedText) is not a block device."]
        case .open(let path, let errno): ["Cannot open \(path.escapedText): \(errno.words)"]
        case .read(let path, let errno): ["Cannot read \(path.escapedText): \(errno.words)"]
        case .tooSmall(let path): ["\(path.escapedText) not large enough to join array"]
        case .externalMetadata(let array):
            ["\(array.escapedText) has external metadata, which this release cannot change"]
        case .updateBeforeReAdd(_, .notForFormat): ["failed to update superblock during re-add"]
        case .updateBeforeReAdd(let device, let refusal):
            ["failed to update superblock during re-add of \(device.escapedText): \(refusal.words)"]
        case .arrayFailed(let array, let device):
            [
                "\(array.escapedText) has failed so using --add cannot work and might destroy",
                "data on \(device.escapedText).  You should stop the array and re-assemble it.",
            ]
        case .noReference(let array, let device):
            [
                "cannot add \(device.escapedText): "
                    + "no member of \(array.escapedText) has a superblock that can be read"
            ]
        case .noNumber(let array): ["\(array.escapedText) has no device number free"]
        case .prepare(let device, let failure):
            ["cannot prepare \(device.escapedText): \(failure.step.words): \(failure.error.errno.words)"]
        case .notReadOnlyForJournal(let array): ["\(array.escapedText) is not readonly, cannot add journal."]
        default: []
        }
    }

    private var additionLines: [String] {
        switch self {
        case .add(let device, let number, let errno):
            ["add new device failed for \(device.escapedText) as \(number): \(errno.words)"]
        case .addJournal(let device, let array):
            ["Failed to hot add \(device.escapedText) as journal, please try restart \(array.escapedText)."]
        case .addToCluster(let device, let number, let errno, let diagnosis):
            ["add new device failed for \(device.escapedText) as \(number): \(errno.words)"]
                + diagnosis.lines(errno)
        case .reAdd(let device, let array, let errno):
            ["--re-add for \(device.escapedText) to \(array.escapedText) failed: \(errno.words)"]
        case .reAddImpossible(let device, let array):
            ["--re-add for \(device.escapedText) to \(array.escapedText) is not possible"]
        case .reAddWithoutMetadata(let device, let array):
            [
                "Cannot re-add member device \(device.escapedText) to \(array.escapedText), "
                    + "array is not persistent, aborting."
            ]
        case .journalNotStarted(let array, let errno):
            ["Failed to make \(array.escapedText) read-write: \(errno.words)"]
        default: []
        }
    }

    private var departureLines: [String] {
        switch self {
        case .remove(let device, let errno):
            ["hot remove failed for \(device.escapedText): \(errno.words)"]
        case .setFaulty(let device, let errno):
            ["set device faulty failed for \(device.escapedText): \(errno.words)"]
        case .wouldBreak(let device, let array):
            ["Cannot remove \(device.escapedText) from \(array.escapedText), array will be failed."]
        case .notInArrayToReplace(let device, let array):
            ["\(device.escapedText) not found in \(array.escapedText) so cannot --replace it"]
        case .hasNoSlot(let device): ["\(device.escapedText) is not active and so cannot be replaced."]
        case .replace(let device, let array, let errno):
            [
                "Cannot mark \(device.escapedText) in \(array.escapedText) for replacement: \(errno.words)"
            ]
        case .notInArrayAsReplacement(let device, let array):
            [
                "\(device.escapedText) not found in \(array.escapedText) "
                    + "so cannot make it preferred replacement"
            ]
        case .activeAsReplacement(let device):
            ["\(device.escapedText) is active and cannot be a replacement"]
        case .faultyAsReplacement(let device):
            ["\(device.escapedText) is faulty and cannot be a replacement"]
        case .pair(let device, let array, let errno):
            ["Cannot make \(device.escapedText) in \(array.escapedText) a replacement: \(errno.words)"]
        case .unpairedReplacement(let device):
            ["No matching --replace device for --with \(device.escapedText)"]
        default: []
        }
    }
}

extension NodeAnswer {
    /// What the node says, in a clause about itself.
    var words: String {
        switch finding {
        case .ready: "ready"
        case .notFound: "does not see the disk"
        case .tooSmall: "sees the disk with only \(mebibytes) MiB"
        case .busy: "uses the disk for something else"
        case .notWritable: "the array is not read-write there"
        case .noArray: "the array does not run there"
        case .silent: "no agent answers there"
        }
    }
}

extension ManageOperand.Misuse {
    func words(for action: ManageRequest.Action) -> String {
        switch self {
        case .needsRemoveOrReAdd(let word):
            "\(word) only meaningful with -r or --re-add, not -\(action.letter)"
        case .needsRemoveOrFailDetached(let word):
            "\(word) only meaningful with -r of -f, not -\(action.letter)"
        case .needsReAdd(let word): "'\(word)' only meaningful with --re-add"
        case .needsRemoveOrFailSet(let word): "'\(word)' only meaningful with -r or -f"
        case .needsRemoveOrFail(let word):
            "\(word.escapedText) only meaningful with -r, -f, not -\(action.letter)"
        }
    }
}

extension ManageRequest.Action {
    /// mdadm's letter for the operation.
    var letter: String {
        switch self {
        case .add: "a"
        case .addSpare: "S"
        case .addJournal: "j"
        case .reAdd: "A"
        case .remove: "r"
        case .fail: "f"
        case .replace: "R"
        case .with: "w"
        case .clusterConfirm: "c"
        }
    }
}

extension ClusterAddDiagnosis {
    /// What the kernel's bare answer may mean, and what it logged.
    func lines(_ errno: Errno) -> [String] {
        meaning(errno) + kernelLog.suffix(5).map { "kernel: \($0.escapedText)" }
    }

    private var span: String { "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }

    private func meaning(_ errno: Errno) -> [String] {
        switch errno {
        case .noEntry where milliseconds >= window.rawValue * 9 / 10:
            [
                "another node did not answer within \(span): does it have swmdadm's udev rule, "
                    + "and is the array read-write there?"
            ]
        case .noEntry:
            [
                "another node said no after \(span): it does not see the disk, or the array is not "
                    + "read-write there; its kernel log says which"
            ]
        case .busy:
            [
                "gave up after \(span): a node does not answer, as one whose array is read-only or "
                    + "auto-read-only cannot (mdadm --readwrite)"
            ]
        default:
            [
                "the cluster is busy or stuck: another node changes the array, or an earlier add "
                    + "never ended on some node"
            ]
        }
    }
}
