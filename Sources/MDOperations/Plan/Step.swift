package import MDBytes
package import MDKernel
package import MDModel

/// One change to the world. A verb's plan is a list of these: `--dry-run` prints it, `Executor` runs it.
package enum Step: Hashable, Sendable {
    /// Bytes to a member.
    case write(DeviceWrite)
    /// BLKPG_DEL_PARTITION for the partitions of a device that becomes a member.
    case removePartitions(device: String)
    /// `mdN` to /sys/module/md_mod/parameters/new_array, the driver loaded first where it is absent.
    case makeArray(number: Int)
    /// SET_ARRAY_INFO
    case setArrayInfo(array: String, ArrayInfo)
    /// ADD_NEW_DISK
    case addDisk(array: String, device: String, DiskInfo)
    /// HOT_REMOVE_DISK
    case hotRemove(array: String, device: String, DeviceNumber)
    /// SET_DISK_FAULTY
    case setFaulty(array: String, device: String, DeviceNumber)
    /// RUN_ARRAY
    case run(array: String)
    /// STOP_ARRAY
    case stop(array: String)
    /// STOP_ARRAY_RO
    case makeReadOnly(array: String)
    /// RESTART_ARRAY_RW
    case makeReadWrite(array: String)
    /// CLUSTERED_DISK_NACK
    case nack(array: String)
    /// One write to a sysfs file.
    case attribute(file: String, value: String)
    /// Makes an empty file.
    case createFile(String)
    /// Makes a file of this size with nothing in it; there must be none yet.
    case makeFile(String, size: ByteCount)
    /// Gives a file a second name.
    case hardLink(String, to: String)
    /// Removes a file.
    case removeFile(String)
    /// Makes a symbolic link.
    case link(String, to: String)
    /// Makes a block device node.
    case makeNode(String, DeviceNumber)
    /// Replaces a small file as a whole.
    case replaceFile(String, [UInt8])
}

/// A write to a device.
package struct DeviceWrite: Hashable, Sendable {
    /// What the bytes are, for those who read the plan.
    package typealias Content = WrittenContent

    package var device: String
    package var offset: ByteCount
    package var bytes: [UInt8]
    package var content: Content

    package init(device: String, offset: ByteCount, bytes: [UInt8], content: Content) {
        self.device = device
        self.offset = offset
        self.bytes = bytes
        self.content = content
    }
}

/// How a step copes with the kernel's answers.
package struct PlannedStep: Hashable, Sendable {
    package var step: Step
    /// Answers that count as success.
    package var tolerated: [Errno] = []
    /// Answers after which the step is tried again, at most `attempts` times, `pause` apart.
    package var retried: [Errno] = []
    package var attempts = 1
    package var pause = Milliseconds(200)

    package init(
        _ step: Step, tolerating tolerated: [Errno] = [], retrying retried: [Errno] = [],
        attempts: Int = 1, pause: Milliseconds = Milliseconds(200)
    ) {
        self.step = step
        self.tolerated = tolerated
        self.retried = retried
        self.attempts = attempts
        self.pause = pause
    }
}
