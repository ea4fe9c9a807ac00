internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDLocks
internal import MDModel
package import MDOperations

extension CreateNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .layoutDefault(let level, let layout):
            [.error("layout defaults to \(LayoutNames.words(layout, level))", from: 1)]
        case .chunkDefault(let chunk): [.error("chunk size defaults to \(chunk.kibibytes)K", from: 1)]
        case .sizeSet(let size): [.error("size set to \(size.kibibytes)K", from: 1)]
        case .metadataDefault(let version): [.note("Defaulting to version \(version.word) metadata")]
        case .timeout(let path): [.error("timeout waiting for \(path.escapedText)")]
        case .started(let path): [.note("array \(path.escapedText) started.")]
        case .cannotOpen, .notBlockDevice, .cannotClaim, .notSuitable, .notSuitableForAny, .misfit: aboutDevices
        case .oddity(let oddity, let time): oddity.messages(date: time?.text ?? "")
        case .foreign(let path, let type): [.error("\(path.escapedText) appears to contain \(Self.content(type))")]
        case .destroys, .wouldDestroy: aboutOldArrays
        case .zeroing, .zeroed, .notZeroed, .zeroProgress: aboutZeros
        case .bootNote, .wasteful, .goingOnDespiteOddities, .aborted, .declined: aboutGoingOn
        case .refused(let refusal): [.error(refusal.words)]
        case .badOperand(let refusal): [.error(refusal.words)]
        default: failures
        }
    }

    private var aboutDevices: [Message] {
        switch self {
        case .cannotOpen(let path, let errno): [.error("cannot open \(path.escapedText): \(errno.words)")]
        case .notBlockDevice(let path): [.error("\(path.escapedText) is not a block device.")]
        case .cannotClaim(let path, let errno):
            [.error("super1.x cannot open \(path.escapedText): \(errno.words)", from: 0)]
        case .notSuitable(let path): [.error("\(path.escapedText) is not suitable for this array.")]
        case .notSuitableForAny(let path):
            [.error("device \(path.escapedText) not suitable for any style of array")]
        case .misfit(.tooSmallForMetadata(let path, let size)):
            [.error("device \(path.escapedText) is too small (\(size.kibibytes)K) for required metadata!")]
        case .misfit(.noFreeSpace(let path)): [.error("no free space left on \(path.escapedText)")]
        case .misfit(.smallerThanAsked(let path, let usable, let asked)):
            [
                .error(
                    "\(path.escapedText) is smaller than given size. \(usable.kibibytes)K < "
                        + "\(asked.kibibytes)K + metadata")
            ]
        default: []
        }
    }

    private var aboutGoingOn: [Message] {
        switch self {
        case .bootNote:
            [
                .error(
                    """
                    Note: the metadata of this array lies at the start of its devices.
                        If the machine is to boot from it (if it is to hold /boot),
                        make sure that the boot loader reads arrays of version 1.x,
                        or choose metadata that lies at the end:
                        --metadata=1.0
                    """)
            ]
        case .wasteful(let path, let size):
            [.error("largest drive (\(path.escapedText)) exceeds size (\(size.kibibytes)K) by more than 1%")]
        case .goingOnDespiteOddities: [.error("creation continuing despite oddities due to --run", from: 1)]
        case .aborted: [.error("create aborted")]
        case .declined: [.error("create aborted.")]
        default: []
        }
    }

    private var aboutOldArrays: [Message] {
        switch self {
        case .destroys(let array):
            [.error("this destroys array \(array.uuid.colonText) (\(array.summary)), which could start", from: 0)]
        case .wouldDestroy(let array):
            [
                .error("array \(array.uuid.colonText) (\(array.summary)) could start and would be destroyed."),
                .more("Nothing was changed. If it is to go, add --destroy=\(array.uuid.colonText)"),
            ]
        default: []
        }
    }

    private static func content(_ type: [UInt8]) -> String {
        switch String(decoding: type, as: UTF8.self) {
        case "LVM2_member", "LVM1_member": "an LVM physical volume"
        case "crypto_LUKS": "a LUKS encrypted volume"
        case "swap": "swap space"
        case "zfs_member": "part of a ZFS pool"
        case "bcache": "a bcache device"
        case "drbd": "a DRBD device"
        case "ddf_raid_member", "isw_raid_member": "part of a firmware raid array (\(type.escapedText))"
        default: "\(type.escapedText) (found by libblkid)"
        }
    }

    private var aboutZeros: [Message] {
        switch self {
        case .zeroing(let path, let from, let count):
            [.note("zeroing data from \(from.rawValue) to \(count.rawValue) on: \(path.escapedText)", from: .min)]
        case .zeroed: [.note("zeroing finished", from: .min)]
        case .notZeroed(let path, let errno): [.error("cannot write zeros to \(path.escapedText): \(errno.words)")]
        default: []
        }
    }

    private var failures: [Message] {
        switch self {
        case .blockSizeNotSet(let size): [.error("Failed to set logical_block_size \(size)")]
        case .locklessUnknown(let name, let errno):
            [
                .error(
                    "failed to write 'llbitmap' to '/sys/block/\(name.escapedText)/md//bitmap_type' "
                        + "(\(errno.words))"),
                .more("This kernel has no lockless bitmaps (6.18 and CONFIG_MD_LLBITMAP); internal ones it has."),
            ]
        case .naming(.pathInUse(let path)): [.error("Array name \(path.escapedText) is in use already.")]
        case .naming(.noNumberLeft): [.error("No avail md devices - aborting")]
        case .naming(.badName(let name)): [.error("\(name.escapedText) is no name for an array")]
        case .naming(.numberInUse(let path)), .arrayInUse(let path): [.error("\(path.escapedText) is already in use.")]
        case .cannotMakeArray(let name, let errno):
            [.error("the md driver did not make \(name.escapedText): \(errno.words)")]
        case .cannotOpenArray(let path, let errno): [.error("cannot open \(path.escapedText): \(errno.words)")]
        case .mapLocked(let error):
            [.error("cannot lock the map of arrays, \(error.subject.escapedText): \(error.errno.words)")]
        case .cluster(let failure): failure.lines.map { .error($0) }
        case .noClusterName: [.error("The md can't get cluster name")]
        case .notStarted(let failure): failure.messages
        case .stepFailed(let failure): failure.createMessages
        default: []
        }
    }
}

extension LayoutNames {
    /// What a layout that nobody asked for is called.
    static func words(_ layout: Int32, _ level: Level) -> String {
        guard level == .raid10 else { return name(of: layout, level: level) ?? String(layout) }
        return "n\(Raid10Layout(rawValue: layout).near)"
    }
}

extension CreateNotice.StartFailure {
    var messages: [Message] {
        let act = isReadOnly ? "Failed to start array" : "RUN_ARRAY failed"
        var lines: [Message] = [.error("\(act): \(errno.words)")]
        if isChunkOdd, !isReadOnly { lines.append(.more("Problem may be that chunk size is not a power of 2")) }
        if let clusterName { lines += clusterHints(clusterName.escapedText) }
        lines += log.map { .more("kernel: \($0.escapedText)", from: 1) }
        return lines
    }

    private func clusterHints(_ name: String) -> [Message] {
        switch errno {
        case .badRequest:
            [.more("the array was made for cluster \"\(name)\", and this node belongs to another one")]
        case .unattached: [.more("no dlm_controld runs on this node")]
        case .noEntry, .noSuchDevice: [.more("the kernel module md-cluster could not be loaded")]
        default: []
        }
    }
}

extension StepFailure {
    /// What mdadm says where it fails at the same place, else the step in our words.
    fileprivate var createMessages: [Message] {
        guard case .createFile(let path) = step, path.hasPrefix(ArrayChoice.markerPrefix) else {
            return [.error(createWords)]
        }
        return [
            .error("Cannot block udev, error creating blocking file."),
            .error("\(error.errno.words): \(path.escapedText)"),
        ]
    }

    private var createWords: String {
        switch step {
        case .write(let write) where write.content == .superblock || write.content == .bitmap:
            "Failed to write metadata to \(write.device.escapedText): \(error.errno.words)"
        case .setArrayInfo(let array, _):
            "failed to set array info for \(array.escapedText): \(error.errno.words)"
        case .addDisk(_, let device, _): "ADD_NEW_DISK for \(device.escapedText) failed: \(error.errno.words)"
        default: "\(step.words): \(error.errno.words)"
        }
    }
}

extension CreateQuestion {
    var text: String {
        switch self {
        case .continueCreating: "Continue creating array"
        case .addBitmap:
            "To optimize recovery speed, it is recommended to enable write-intent bitmap, "
                + "do you want to enable it now?"
        }
    }
}

extension Oddity {
    func messages(date: String) -> [Message] {
        switch self {
        case .extFileSystem(let path, let size, _):
            [
                .note("\(path.escapedText) appears to contain an ext2fs file system", from: .min),
                .note("size=\(size)K  mtime=\(date)", from: .min),
            ]
        case .reiserFileSystem(let path, let size):
            [
                .error("\(path.escapedText) appears to contain a reiserfs file system"),
                .more("size = \(size)K"),
            ]
        case .member(let path, let level, let devices, _):
            [
                .error("\(path.escapedText) appears to be part of a raid array:"),
                .more("level=\(Level(rawValue: level).name ?? "-unknown-") devices=\(devices) ctime=\(date)"),
            ]
        case .partitionTable(let path): [.error("partition table exists on \(path.escapedText)")]
        case .partitionTableLost(let path):
            [
                .error("partition table exists on \(path.escapedText) but will be lost or"),
                .more("meaningless after creating array"),
            ]
        case .lastPartitionOverwritten(let path):
            [.error("metadata will over-write last partition on \(path.escapedText).")]
        case .partitionsBeyondArray(let path):
            [.error("array size is too small to cover all partitions on \(path.escapedText).")]
        }
    }
}

extension EndangeredArray {
    /// What it is, in a few words.
    fileprivate var summary: String {
        let level = level.name ?? "level \(self.level.rawValue)"
        let devices = "\(members.count) of \(raidDisks) devices: " + members.map(\.escapedText).joined(separator: " ")
        return name.isEmpty ? "\(level), \(devices)" : "\(level), name \(name.escapedText), \(devices)"
    }
}
