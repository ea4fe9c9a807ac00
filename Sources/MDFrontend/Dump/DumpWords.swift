internal import MDBytes
internal import MDKernel
package import MDOperations

extension DumpNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .noDirectory(let path): [.error("--dump requires an existing directory, not: \(path.escapedText)")]
        case .nothingThere(let path): [.error("\(path.escapedText) does not exist: cannot restore from there.")]
        case .severalDevices: [.error("--restore requires a directory when multiple devices given")]
        case .cannotOpen(let device, let isRestore, let error):
            [
                .error(
                    "Cannot open \(device.escapedText) to \(isRestore ? "restore" : "dump") metadata: "
                        + error.errno.words)
            ]
        case .noMetadata(let device, .any): [.error("Cannot find RAID metadata on \(device.escapedText)")]
        case .cannotMake(let file, let error):
            [.error("Cannot create dump file \(file.escapedText): \(error.errno.words)")]
        case .cannotCopy(let source, let target):
            [.error("Failed to copy metadata from \(source.escapedText) to \(target.escapedText)")]
        case .noFile(let directory, let device):
            [.error("Cannot find suitable file in \(directory.escapedText) for \(device.escapedText)")]
        case .ambiguous(let device, let first, let second):
            [
                .error(
                    "Both \(first.escapedText) and \(second.escapedText) seem suitable for \(device.escapedText).  "
                        + "Please choose one.")
            ]
        case .otherSize(let file, let device):
            [.error("\(file.escapedText) is not the same size as \(device.escapedText) - cannot restore.")]
        case .noMetadataIn(let file, .any): [.error("Cannot find metadata on \(file.escapedText)")]
        case .noMetadata(let path, let format), .noMetadataIn(let path, let format):
            [.error("No \(format.familyName) metadata found on \(path.escapedText)")]
        case .stepFailed(let failure): [.error("\(failure.step.words): \(failure.error.errno.words)")]
        case .saved(let device, let file): [.report("\(device.escapedText) saved as \(file.escapedText).", from: 0)]
        case .alsoSaved(let device, let file):
            [.report("\(device.escapedText) also saved as \(file.escapedText).", from: 0)]
        case .notLinked(let device, let file):
            [.error("Could not save \(device.escapedText) as \(file.escapedText)!!")]
        case .restored(let device, let file):
            [.report("\(device.escapedText) restored from \(file.escapedText).", from: 0)]
        }
    }
}

extension DumpOutcome {
    /// mdadm's exit status.
    package var status: Int32 {
        switch self {
        case .done: 0
        case .failed: 1
        case .hopeless: 16
        }
    }
}
