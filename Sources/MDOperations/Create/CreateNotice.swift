package import MDBytes
package import MDKernel
package import MDLocks
package import MDModel

/// What a create verb tells while it runs.
package enum CreateNotice: Hashable, Sendable {
    // What was chosen for the user.
    case layoutDefault(Level, Int32)
    case chunkDefault(Sectors)
    case sizeSet(Sectors)
    case metadataDefault(CreateFormat)

    // Devices.
    case cannotOpen(String, Errno)
    case notBlockDevice(String)
    /// The device is held or refuses; mdadm names the metadata that wanted it.
    case cannotClaim(String, Errno)
    case notSuitable(String)
    case notSuitableForAny(String)
    case misfit(CreateSize.Misfit)
    /// With the local time of the date that belongs to it.
    case oddity(Oddity, LocalTime?)
    /// Something that only libblkid recognises, by its type.
    case foreign(String, type: [UInt8])
    /// 1.1 and 1.2, by default, at level 1.
    case bootNote
    case wasteful(String, size: Sectors)
    case goingOnDespiteOddities
    /// An array that could start is lost to the new one, and the user said so.
    case destroys(EndangeredArray)
    /// The same, but nobody said so yet.
    case wouldDestroy(EndangeredArray)
    /// Zeros are being written to so many bytes from there on.
    case zeroing(String, from: ByteCount, count: ByteCount)
    case zeroed
    /// How far that is, where it takes long; nil at its end.
    case zeroProgress(ZeroProgress?)
    case notZeroed(String, Errno)
    case blockSizeNotSet(UInt32)
    /// The kernel has no lockless bitmaps.
    case locklessUnknown(kernelName: String, Errno)
    case aborted
    case declined

    // Refusals and failures.
    case refused(CreateRefusal)
    case badOperand(ArrayOperand.Refusal)
    case naming(ArrayNaming.Failure)
    case arrayInUse(String)
    case cannotMakeArray(name: String, Errno)
    case cannotOpenArray(path: String, Errno)
    case mapLocked(SystemCallError)
    case cluster(ClusterFailure)
    case noClusterName
    case notStarted(StartFailure)
    case stepFailed(StepFailure)

    // Success.
    case timeout(path: String)
    case started(path: String)

    /// A refused start, with what may have been the reason.
    package struct StartFailure: Hashable, Sendable {
        package var errno: Errno
        /// With `--readonly` it is the attribute array_state that starts the array, not RUN_ARRAY.
        package var isReadOnly: Bool
        package var isChunkOdd: Bool
        /// The name that a clustered array was created for.
        package var clusterName: [UInt8]?
        /// What the kernel logged meanwhile.
        package var log: [String]
    }
}

/// What `--create` asks before it goes on.
package enum CreateQuestion: Hashable, Sendable {
    /// Something odd was found on the devices; go on all the same?
    case continueCreating
    /// No `--bitmap` was given where one makes sense.
    case addBitmap
}

/// How far `--write-zeroes` is, all devices together.
package struct ZeroProgress: Hashable, Sendable {
    package let done: ByteCount
    package let total: ByteCount
    package let elapsed: Milliseconds
}
