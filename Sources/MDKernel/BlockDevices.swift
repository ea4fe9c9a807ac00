package import MDBytes

/// What a path or an open file turns out to be.
package struct FileStatus: Hashable, Sendable {
    /// The type that stat(2) tells.
    package enum Kind: Hashable, Sendable { case block, character, regular, directory, link, other }

    package var kind: Kind
    /// The number of the device that a block or character node stands for; else 0:0.
    package var device: DeviceNumber
    /// Permission bits.
    package var mode: UInt32
    /// Length of a regular file.
    package var size: ByteCount

    package init(kind: Kind, device: DeviceNumber, mode: UInt32, size: ByteCount) {
        self.kind = kind
        self.device = device
        self.mode = mode
        self.size = size
    }
}

/// How to open a device.
package struct OpenOptions: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// O_RDWR instead of O_RDONLY.
    package static let write = OpenOptions(rawValue: 1)
    /// O_EXCL: refuse with EBUSY while anything else on this host holds the device.
    package static let exclusive = OpenOptions(rawValue: 2)
    /// O_DIRECT: members of shared arrays must not be read through the page cache.
    package static let direct = OpenOptions(rawValue: 4)
}

/// One run of bytes to be read.
package struct Extent: Hashable, Sendable {
    package var offset: ByteCount
    package var count: Int

    package init(offset: ByteCount, count: Int) {
        self.offset = offset
        self.count = count
    }

    /// The offset of the first byte behind the run.
    package var end: UInt64 { offset.rawValue + UInt64(count) }
}

/// One run of bytes of one device.
package struct DeviceRead: Sendable {
    package let handle: DeviceHandle
    package let extent: Extent

    package init(_ extent: Extent, of handle: DeviceHandle) {
        self.handle = handle
        self.extent = extent
    }
}

/// Reads and writes block devices. Offsets and counts are bytes; the implementation copes with
/// the alignment that O_DIRECT wants.
package protocol BlockDevices: Sendable {
    func open(_ path: String, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle

    /// Opens the device with this number, whatever its node is called, and verifies the number
    /// after opening.
    func open(device: DeviceNumber, _ options: OpenOptions) throws(SystemCallError) -> DeviceHandle

    /// stat(2): symbolic links are followed.
    func status(ofPath path: String) throws(SystemCallError) -> FileStatus

    /// fstat(2)
    func status(of handle: DeviceHandle) throws(SystemCallError) -> FileStatus

    /// BLKGETSIZE64, or the length of a regular file.
    func size(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount

    /// BLKSSZGET; 512 for a regular file.
    func logicalBlockSize(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount

    /// Reads one run; shorter than asked where the device ends.
    func read(_ extent: Extent, of handle: DeviceHandle) throws(SystemCallError) -> [UInt8]

    /// Reads all runs side by side: it takes as long as the slowest. The answers keep the order.
    func readAll(_ reads: [DeviceRead]) -> [Result<[UInt8], SystemCallError>]

    /// Writes all of `bytes` or throws.
    func write(_ bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)

    /// fsync(2)
    func synchronize(_ handle: DeviceHandle) throws(SystemCallError)

    /// BLKPG_DEL_PARTITION for 1...15, as mdadm does before it adds a member; absent ones are no error.
    func removePartitions(of handle: DeviceHandle) throws(SystemCallError)

    /// fallocate(ZERO_RANGE) over the extent.
    func zero(offset: ByteCount, count: ByteCount, of handle: DeviceHandle) throws(SystemCallError)
}

extension BlockDevices {
    /// Whether a path is that of a block device's node, or leads to one.
    package func isNode(_ path: String, of device: DeviceNumber) -> Bool {
        do throws(SystemCallError) {
            let status = try status(ofPath: path)
            return status.kind == .block && status.device == device
        } catch { return false }
    }

    /// One after the other, for kernels whose calls do not block.
    package func readAll(_ reads: [DeviceRead]) -> [Result<[UInt8], SystemCallError>] { reads.map(answer) }

    /// One read by itself.
    package func answer(to read: DeviceRead) -> Result<[UInt8], SystemCallError> {
        Result { () throws(SystemCallError) in try self.read(read.extent, of: read.handle) }
    }
}
