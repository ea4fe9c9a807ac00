internal import CLinux
internal import Glibc
package import MDBytes
package import MDKernel

extension LinuxKernel: BlockDevices {
    package func open(_ path: String, _ options: OpenOptions) throws(SystemCallError)
        -> DeviceHandle
    {
        // A pipe would keep open(2) waiting for somebody to write.
        let kind = try status(ofPath: path).kind
        if kind == .other { throw SystemCallError("open", .invalid, on: path) }
        var flags = O_CLOEXEC | (options.contains(.write) ? O_RDWR : O_RDONLY)
        if options.contains(.exclusive) { flags |= O_EXCL }
        guard options.contains(.direct) else {
            return handle(try Self.descriptor(path, flags), path)
        }
        let direct: DeviceHandle
        do {
            direct = handle(try Self.descriptor(path, flags | Self.directFlag), path)
        } catch {
            // A regular file on a file system without O_DIRECT.
            guard error.errno == .invalid else { throw error }
            return handle(try Self.descriptor(path, flags), path)
        }
        // A regular file has no other node behind it, and its end need not be aligned.
        guard kind != .block, try status(of: direct).kind == .regular else { return direct }
        return handle(try Self.descriptor(path, flags), path)
    }

    package func open(device: DeviceNumber, _ options: OpenOptions) throws(SystemCallError)
        -> DeviceHandle
    {
        var paths: [String] = []
        if let path = usualNode(ofArray: device) ?? kernelName(of: device).map({ "/dev/" + $0 }) { paths.append(path) }
        paths.append("/dev/block/\(device)")
        for path in paths {
            do {
                let found = try open(path, options)
                let status = try status(of: found)
                if status.kind == .block, status.device == device { return found }
            } catch {
                guard error.errno.meansAbsent else { throw error }
            }
        }
        return try openThroughPrivateNode(device, options)
    }

    /// The node of an md array, where it is what arrays without a name of their own have: saves a question to sysfs.
    private func usualNode(ofArray device: DeviceNumber) -> String? {
        let path = "/dev/md\(device.minor)"
        return device.major == UInt32(MD_MAJOR) && isNode(path, of: device) ? path : nil
    }

    package func status(ofPath path: String) throws(SystemCallError) -> FileStatus {
        var raw = stat()
        // SAFETY: `raw` is a whole struct stat, lent for the call only.
        try Self.call("stat", on: path) { unsafe stat(path, &raw) }
        return FileStatus(raw)
    }

    package func status(of handle: DeviceHandle) throws(SystemCallError) -> FileStatus {
        var raw = stat()
        // SAFETY: `raw` is a whole struct stat, lent for the call only.
        try Self.call("fstat", on: handle.path) { unsafe fstat(handle.token, &raw) }
        return FileStatus(raw)
    }

    package func size(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        var size: UInt64 = 0
        do {
            try exchange(BlockRequest.size, &size, on: handle)
            return ByteCount(size)
        } catch {
            // Most of what is asked is a block device: what it is else is looked at only now.
            let status = try status(of: handle)
            guard status.kind != .block else { throw error }
            return status.size
        }
    }

    package func logicalBlockSize(of handle: DeviceHandle) throws(SystemCallError) -> ByteCount {
        guard try status(of: handle).kind == .block else { return ByteCount(512) }
        return ByteCount(UInt64(try blockSize(of: handle)))
    }

    package func synchronize(_ handle: DeviceHandle) throws(SystemCallError) {
        try Self.call("fsync", on: handle.path) { fsync(handle.token) }
    }

    package func removePartitions(of handle: DeviceHandle) throws(SystemCallError) {
        for number in Int32(1)...15 {
            do {
                try removePartition(number, of: handle)
            } catch {
                // Itself a partition, or a device that never has any.
                if error.errno == .invalid || error.errno == .notATerminal { return }
                guard error.errno == .noDevice else { throw error }
            }
        }
    }

    package func zero(offset: ByteCount, count: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        guard let start = Int(exactly: offset.rawValue), let length = Int(exactly: count.rawValue)
        else { throw SystemCallError("fallocate", .invalid, on: handle.path) }
        try Self.call("fallocate", on: handle.path) {
            clinux_zero_range(handle.token, start, length)
        }
    }
}

/// Ioctls of every block device (linux/fs.h, linux/blkpg.h).
enum BlockRequest {
    /// BLKGETSIZE64's number was made with the size of a pointer.
    static let size = IoctlRequest<UInt64>("BLKGETSIZE64", .fromKernel, type: 0x12, 114)
    static let sectorSize = IoctlCommand("BLKSSZGET", type: 0x12, 104)
    static let partition = IoctlCommand("BLKPG", type: 0x12, 105)
}

extension LinuxKernel {
    private static let directFlag = Int32(CLINUX_O_DIRECT)

    static func descriptor(_ path: String, _ flags: Int32, mode: mode_t = 0)
        throws(SystemCallError) -> Int32
    {
        // SAFETY: the string is lent for the call.
        try call("open", on: path) { unsafe Glibc.open(path, flags, mode) }
    }

    /// Whether reads and writes must be aligned.
    func isDirect(_ handle: DeviceHandle) -> Bool {
        fcntl(handle.token, F_GETFL) & Self.directFlag != 0
    }

    func blockSize(of handle: DeviceHandle) throws(SystemCallError) -> Int {
        var size: Int32 = 0
        while true {
            // SAFETY: BLKSSZGET stores one int, which is what `size` is.
            let answer = unsafe clinux_ioctl_pointer(
                handle.token, BlockRequest.sectorSize.number, &size)
            if answer >= 0 { break }
            let error = Self.failure(BlockRequest.sectorSize.name, on: handle.path)
            if error.errno != .interrupted { throw error }
        }
        guard (512...65536).contains(size), size.nonzeroBitCount == 1 else {
            throw SystemCallError(BlockRequest.sectorSize.name, .range, on: handle.path)
        }
        return Int(size)
    }

    private func removePartition(_ number: Int32, of handle: DeviceHandle) throws(SystemCallError) {
        var partition = blkpg_partition()
        partition.pno = number
        // SAFETY: the kernel reads both structs during the call, for which they are lent, and `datalen`
        // is the size of the inner one.
        try unsafe withUnsafeMutableBytes(of: &partition) { data throws(SystemCallError) in
            var argument = unsafe blkpg_ioctl_arg(
                op: BLKPG_DEL_PARTITION, flags: 0, datalen: Int32(data.count),
                data: data.baseAddress)
            try Self.call(BlockRequest.partition.name, on: handle.path) {
                unsafe clinux_ioctl_pointer(handle.token, BlockRequest.partition.number, &argument)
            }
        }
    }

    /// DEVNAME in sysfs: the name below /dev that the kernel and devtmpfs use.
    private func kernelName(of device: DeviceNumber) -> String? {
        let contents: [UInt8]
        do {
            contents = try read(file: "/sys/dev/block/\(device)/uevent", limit: 4096)
        } catch {
            return nil
        }
        for line in String(decoding: contents, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("DEVNAME=") {
            return String(line.dropFirst("DEVNAME=".count))
        }
        return nil
    }

    /// Opens a node made for the purpose in a directory that only root may enter, and removes both.
    private func openThroughPrivateNode(_ device: DeviceNumber, _ options: OpenOptions)
        throws(SystemCallError) -> DeviceHandle
    {
        let pattern = "/dev/.swmdadm-XXXXXX"
        var template = pattern.utf8CString
        // SAFETY: mkdtemp rewrites the six X in place and keeps no reference.
        let made = unsafe template.withUnsafeMutableBufferPointer {
            unsafe $0.baseAddress.map { unsafe mkdtemp($0) != nil } ?? false
        }
        guard made else { throw Self.failure("mkdtemp", on: pattern) }
        let directory = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // SAFETY: the strings are lent for the calls, here and below.
        defer { _ = unsafe rmdir(directory) }
        let node = directory + "/node"
        try makeNode(node, device: device, mode: 0o600)
        // SAFETY: as above.
        defer { _ = unsafe unlink(node) }
        let found = try open(node, options)
        let copy = try Self.call("fcntl", on: node) { fcntl(found.token, F_DUPFD_CLOEXEC, 3) }
        // Messages must not name a node that is gone.
        return handle(copy, "/dev/block/\(device)")
    }
}

extension Errno {
    /// Whether a path led nowhere, as opposed to a device that refuses.
    var meansAbsent: Bool {
        self == .noEntry || self == .noDevice || self == .noSuchDevice || self == .notDirectory
    }
}

extension FileStatus {
    init(_ raw: stat) {
        let kind: Kind =
            switch raw.st_mode & S_IFMT {
            case S_IFBLK: .block
            case S_IFCHR: .character
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        let hasNumber = kind == .block || kind == .character
        self.init(
            kind: kind, device: hasNumber ? DeviceNumber(packed: UInt(raw.st_rdev)) : .none,
            mode: UInt32(raw.st_mode & 0o7777), size: ByteCount(UInt64(max(0, raw.st_size))))
    }
}
