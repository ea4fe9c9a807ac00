package import MDBytes
package import MDFormats
package import MDKernel

/// An array that tests make by hand: version-1.2 superblocks written through the kernel seam, and the
/// ioctls that start it. Works on the simulated and on the real kernel.
package struct ArrayFixture: Sendable {
    /// The bitmap that the members get.
    package enum Bitmap: Hashable, Sendable {
        case none
        case `internal`
        case clustered(nodes: UInt32, cluster: String)
    }

    package var uuid = UUID(bytes: Array(0xa0...0xaf))
    package var name = "sim:fixture"
    package var level: Int32 = 1
    package var layout: UInt32 = 0
    /// Sectors; zero for levels without chunk.
    package var chunk: UInt64 = 0
    package var raidDisks: UInt32 = 2
    package var isClean = true
    package var bitmap = Bitmap.none
    /// Sectors from the start of a member to its data.
    package var dataOffset: UInt64 = 2048
    /// Sectors each member gives; nil for all that the smallest has.
    package var size: UInt64?
    package var creationTime: UInt64 = 1_790_000_000
    package var events: UInt64 = 1

    package init() {}

    /// Shapes for the usual levels.
    package init(level: Int32, raidDisks: UInt32) {
        self.level = level
        self.raidDisks = raidDisks
        let isStriped = level == 0 || level >= 4
        chunk = isStriped ? 1024 : 0
        layout = level == 10 ? 0x102 : level == 5 || level == 6 ? 2 : level == 0 ? 1 : 0
        if isStriped { dataOffset = 4096 }
    }

    /// The superblock of the device with this number; roles of numbers from `raidDisks` on are spares.
    package func superblock(number: Int, deviceSectors: UInt64, members: Int) -> SuperblockV1 {
        var block = SuperblockV1(roleCount: 128)
        block.features = features
        block.arrayUUID = uuid
        block.name = Array(name.utf8)
        block.creationStamp = creationTime
        block.level = level
        block.layout = layout
        block.chunk = Sectors(chunk)
        block.raidDisks = raidDisks
        block.dataOffset = Sectors(dataOffset)
        block.dataSize = Sectors(deviceSectors - dataOffset)
        block.size = Sectors(level <= 0 ? 0 : size ?? (deviceSectors - dataOffset) & ~127)
        block.superOffset = Sectors(8)
        block.deviceNumber = UInt32(number)
        block.deviceUUID = UUID(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: 0x10 + number), count: 16))
        block.updateStamp = creationTime
        block.events = events
        block.resyncOffset = isClean ? .max : 0
        if bitmap != .none { block.bitmapOffset = 8 }
        for index in 0..<members {
            block.setRole(index < Int(raidDisks) ? .active(index) : .spare, of: index)
        }
        block.seal()
        return block
    }

    private var features: SuperblockV1.Features {
        var features: SuperblockV1.Features = level == 0 ? [.raid0Layout] : []
        if bitmap != .none { features.insert(.bitmap) }
        if case .clustered = bitmap { features.insert(.clustered) }
        return features
    }

    /// The bitmap header of a member; nil without a bitmap.
    package func bitmapHeader(syncSize: UInt64) -> BitmapSuperblock? {
        guard bitmap != .none else { return nil }
        var header = BitmapSuperblock(version: 4)
        header.uuid = uuid
        header.events = events
        header.syncSize = Sectors(syncSize)
        header.chunk = 64 << 20
        header.daemonSleep = 5
        header.sectorsReserved = 8
        if case .clustered(let nodes, let cluster) = bitmap {
            header.version = 5
            header.nodes = nodes
            header.clusterName = Array(cluster.utf8)
        }
        return header
    }

    /// Writes superblocks and bitmap headers to `paths`, the device numbers being their places.
    package func write<K: Kernel>(to paths: [String], kernel: K) throws(SystemCallError) {
        for (number, path) in paths.enumerated() { try write(number, to: path, of: paths.count, kernel: kernel) }
    }

    /// Writes the metadata of one device number to `path`.
    package func write<K: Kernel>(_ number: Int, to path: String, of members: Int, kernel: K)
        throws(SystemCallError)
    {
        let device = try kernel.open(path, [.write, .direct])
        let sectors = try kernel.size(of: device).sectors.rawValue
        let block = superblock(number: number, deviceSectors: sectors, members: members)
        try kernel.write(block.image, at: ByteCount(4096), of: device)
        if let header = bitmapHeader(syncSize: block.size.rawValue) {
            let page = header.image + [UInt8](repeating: 0, count: 4096 - header.image.count)
            var slots: UInt64 = 1
            if case .clustered(let nodes, _) = bitmap { slots = UInt64(nodes) }
            for slot in 0..<slots { try kernel.write(page, at: ByteCount(8192 + slot * 4096), of: device) }
        }
        try kernel.synchronize(device)
    }

    /// Makes the array `mdN` in the driver and opens it.
    package static func make<K: Kernel>(number: UInt32, kernel: K) throws(SystemCallError) -> DeviceHandle {
        try kernel.write("md\(number)", toFile: "/sys/module/md_mod/parameters/new_array")
        return try kernel.open(device: DeviceNumber(major: 9, minor: number), [.write])
    }

    /// SET_ARRAY_INFO and ADD_NEW_DISK for each path; not started yet.
    package static func gather<K: Kernel>(_ paths: [String], into array: DeviceHandle, kernel: K)
        throws(SystemCallError)
    {
        var info = ArrayInfo()
        info.majorVersion = 1
        info.minorVersion = 2
        try kernel.setArrayInfo(info, of: array)
        for path in paths { try kernel.addNewDisk(try disk(path, kernel: kernel), to: array) }
    }

    /// The argument of ADD_NEW_DISK for a path.
    package static func disk<K: Kernel>(_ path: String, _ state: DiskInfo.State = [], kernel: K)
        throws(SystemCallError) -> DiskInfo
    {
        let device = try kernel.status(ofPath: path).device
        return DiskInfo(number: 0, device: device, raidDisk: -1, state: state)
    }

    /// Writes metadata to `paths`, then makes and starts `mdN`.
    package func start<K: Kernel>(number: UInt32, on paths: [String], kernel: K)
        throws(SystemCallError) -> DeviceHandle
    {
        try write(to: paths, kernel: kernel)
        let array = try Self.make(number: number, kernel: kernel)
        try Self.gather(paths, into: array, kernel: kernel)
        try kernel.run(array)
        return array
    }
}

extension SimulatedKernel {
    /// A machine with `count` disks sda, sdb, … of `size` each.
    package static func withDisks(
        _ count: Int, size: ByteCount = ByteCount(200 << 20), settings: Settings = Settings(),
        cluster: SimulatedCluster? = nil
    ) -> SimulatedKernel {
        let kernel = SimulatedKernel(settings: settings, cluster: cluster)
        for index in 0..<count {
            kernel.addDisk("sd" + String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index % 26))), size: size)
        }
        return kernel
    }
}
