internal import MDBytes
internal import MDKernel
package import MDOperations

/// `--dry-run --json`
package enum PlanJSON {
    /// The steps in the order in which they would be done.
    package static func document(_ steps: [Step]) -> JSON {
        .document("plan", ["steps": .list(steps.map(json))])
    }

    /// One step; what it has not is null.
    private struct Row {
        var act: String
        var device: String?
        var file: String?
        var value: String?
        var offset: UInt64?
        var length: Int?
        var content: String?
    }

    private static func json(_ step: Step) -> JSON {
        let row = row(step)
        return .members([
            "act": .text(row.act), "device": .text(row.device), "file": .text(row.file), "value": .text(row.value),
            "offset": .count(row.offset), "length": .number(row.length), "content": .text(row.content),
            "text": .text(step.words),
        ])
    }

    private static func row(_ step: Step) -> Row {
        switch step {
        case .write(let write):
            Row(
                act: "write", device: write.device, offset: write.offset.rawValue, length: write.bytes.count,
                content: write.content.words)
        case .removePartitions(let device): Row(act: "BLKPG_DEL_PARTITION", device: device)
        case .makeArray(let number): Row(act: "make-array", value: "md\(number)")
        case .attribute(let file, let value): Row(act: "set-attribute", file: file, value: value)
        case .createFile(let path): Row(act: "create-file", file: path)
        case .removeFile(let path): Row(act: "remove-file", file: path)
        case .link(let path, let destination): Row(act: "link", file: path, value: destination)
        case .makeNode(let path, let device): Row(act: "make-node", file: path, value: "\(device)")
        case .makeFile(let path, let size): Row(act: "make-file", file: path, length: Int(clamping: size.rawValue))
        case .hardLink(let path, let file): Row(act: "hard-link", file: path, value: file)
        case .replaceFile(let path, let bytes): Row(act: "replace-file", file: path, length: bytes.count)
        default: command(step)
        }
    }

    /// The steps that are an ioctl on an array, which is the `file`.
    private static func command(_ step: Step) -> Row {
        switch step {
        case .setArrayInfo(let array, _): Row(act: "SET_ARRAY_INFO", file: array)
        case .addDisk(let array, let device, let disk):
            Row(act: "ADD_NEW_DISK", device: device, file: array, value: "\(disk.number)")
        case .hotRemove(let array, let device, _): Row(act: "HOT_REMOVE_DISK", device: device, file: array)
        case .setFaulty(let array, let device, _): Row(act: "SET_DISK_FAULTY", device: device, file: array)
        case .run(let array): Row(act: "RUN_ARRAY", file: array)
        case .stop(let array): Row(act: "STOP_ARRAY", file: array)
        case .makeReadOnly(let array): Row(act: "STOP_ARRAY_RO", file: array)
        case .makeReadWrite(let array): Row(act: "RESTART_ARRAY_RW", file: array)
        case .nack(let array): Row(act: "CLUSTERED_DISK_NACK", file: array)
        default: Row(act: "other")
        }
    }
}
