package import MDKernel

/// What `--dump` and `--restore` tell.
package enum DumpNotice: Hashable, Sendable {
    /// `--dump` needs a directory that is there.
    case noDirectory(String)
    /// `--restore` needs a directory or a file that is there.
    case nothingThere(String)
    /// One file is not for several devices.
    case severalDevices
    case cannotOpen(device: String, isRestore: Bool, SystemCallError)
    case noMetadata(device: String, SoughtFormat)
    case cannotMake(file: String, SystemCallError)
    case cannotCopy(from: String, to: String)
    case noFile(directory: String, device: String)
    /// Two names of one disk have different files.
    case ambiguous(device: String, String, String)
    case otherSize(file: String, device: String)
    case noMetadataIn(file: String, SoughtFormat)
    case stepFailed(StepFailure)
    case saved(device: String, file: String)
    /// The same under another name of the disk's.
    case alsoSaved(device: String, file: String)
    case notLinked(device: String, file: String)
    case restored(device: String, file: String)
}

/// What became of one device of `--dump` or `--restore`.
package enum DumpOutcome: Hashable, Sendable {
    case done
    case failed
    /// The directory is of no use, so neither are the devices that follow.
    case hopeless
}
