internal import MDBytes
internal import MDKernel
internal import MDModel
package import MDOperations

extension Step {
    /// One line of a plan, as `--dry-run` prints it: the act, the device, offset and length where there are any.
    package var words: String {
        switch self {
        case .write(let write):
            "write \(write.content.words) to \(write.device.escapedText): "
                + "\(write.bytes.count) bytes at byte \(write.offset.rawValue)"
        case .removePartitions(let device): "ioctl BLKPG_DEL_PARTITION on \(device.escapedText): partitions 1-15"
        case .makeArray(let number): "write md\(number) to /sys/module/md_mod/parameters/new_array"
        case .setArrayInfo(let array, let info):
            "ioctl SET_ARRAY_INFO on \(array.escapedText): version \(info.majorVersion).\(info.minorVersion)"
        case .addDisk(let array, let device, let disk):
            "ioctl ADD_NEW_DISK on \(array.escapedText): \(device.escapedText) (\(disk.device)) "
                + "number \(disk.number) slot \(disk.raidDisk) state 0x\(disk.state.rawValue.hex())"
        case .hotRemove(let array, let device, let number):
            "ioctl HOT_REMOVE_DISK on \(array.escapedText): \(device.escapedText) (\(number))"
        case .setFaulty(let array, let device, let number):
            "ioctl SET_DISK_FAULTY on \(array.escapedText): \(device.escapedText) (\(number))"
        case .attribute(let file, let value): "write \(value.escapedText) to \(file.escapedText)"
        case .createFile(let path): "create \(path.escapedText)"
        case .makeFile(let path, let size): "create \(path.escapedText): \(size.rawValue) bytes"
        case .hardLink(let path, let file): "link \(path.escapedText) to \(file.escapedText), hard"
        case .removeFile(let path): "remove \(path.escapedText)"
        case .link(let path, let destination): "link \(path.escapedText) to \(destination.escapedText)"
        case .makeNode(let path, let device): "make device node \(path.escapedText) for \(device)"
        case .replaceFile(let path, let bytes): "replace \(path.escapedText): \(bytes.count) bytes"
        default: command
        }
    }

    /// The steps that are one ioctl without argument.
    private var command: String {
        switch self {
        case .run(let array): "ioctl RUN_ARRAY on \(array.escapedText)"
        case .stop(let array): "ioctl STOP_ARRAY on \(array.escapedText)"
        case .makeReadOnly(let array): "ioctl STOP_ARRAY_RO on \(array.escapedText)"
        case .makeReadWrite(let array): "ioctl RESTART_ARRAY_RW on \(array.escapedText)"
        case .nack(let array): "ioctl CLUSTERED_DISK_NACK on \(array.escapedText)"
        default: ""
        }
    }
}

extension WrittenContent {
    var words: String {
        switch self {
        case .superblock: "superblock"
        case .bitmap: "bitmap"
        case .badBlockLog: "bad-block log"
        case .parityLog: "partial parity log"
        case .journal: "journal"
        case .erasure: "zeros"
        case .copies: "restored data"
        }
    }
}
