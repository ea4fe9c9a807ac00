package import MDBytes
package import MDFormats
package import MDKernel
package import MDModel

/// A device as a member or a member-to-be: what it is and which md metadata lives on it.
package struct Member: Sendable {
    /// The path as it was given.
    package let path: String
    package let device: DeviceNumber
    let byteSize: ByteCount
    package var size: Sectors { byteSize.sectors }
    /// The device itself, open as it was asked for; nil once it was given up.
    package let handle: DeviceHandle
    /// What lies at the places of 1.0, 1.1 and 1.2, in this order.
    package let findings: [Finding]
    /// The 4 KiB at the place of a 0.90 superblock; nil where nobody looked there or the device is too small.
    package let version0Block: [UInt8]?
    /// The runs of bytes that were read to find that out.
    private(set) var windows: [Window]

    /// Every version-1 superblock that was found, at most one a place.
    package var superblocks: [SuperblockV1] {
        findings.compactMap { if case .superblock(let superblock) = $0.answer { superblock } else { nil } }
    }

    /// The 0.90 superblock in this host's byte order, where there is one with a version that can be read.
    package var superblock0: SuperblockV0? {
        guard let block = version0Block, let found = SuperblockV0(reading: block), found.majorVersion == 0
        else { return nil }
        return found
    }

    /// Superblocks of both formats, 0.90 first in whichever byte order.
    package var allSuperblocks: [MemberSuperblock] {
        var found: [MemberSuperblock] = []
        if let version0Block, let block = SuperblockV0.any(reading: version0Block),
            let place = SuperblockV0.location(onDeviceOf: size)
        {
            found.append(.version0(block, at: place))
        }
        return found + superblocks.map { .version1($0) }
    }

    /// A superblock of either format.
    package enum Superblock: Hashable, Sendable {
        case version0(SuperblockV0)
        case version1(SuperblockV1)
    }

    /// mdadm's choice among both formats: the one created last, 0.90 among equals.
    package var newest: Superblock? {
        let newer = superblock
        if let elder = superblock0, UInt64(elder.creationTime) >= newer?.creationStamp ?? 0 { return .version0(elder) }
        return newer.map { .version1($0) }
    }

    /// The same with its place.
    package var newestSuperblock: MemberSuperblock? {
        switch newest {
        case .version0(let block)?: SuperblockV0.location(onDeviceOf: size).map { .version0(block, at: $0) }
        case .version1(let block)?: .version1(block)
        case nil: nil
        }
    }

    /// Blocks with md's magic that cannot be used, with the reason.
    package var rejections: [SuperblockV1.Rejection] {
        findings.compactMap { if case .rejected(let reason) = $0.answer { reason } else { nil } }
    }

    /// The bytes at the start of the device as they were read, for what else lives there.
    package var front: [UInt8] { windows.first { $0.start == 0 }?.bytes ?? [] }

    /// mdadm's choice among several: the newest creation time, the first place among equals.
    package var superblock: SuperblockV1? { Self.newest(among: findings) }

    static func newest(among findings: [Finding]) -> SuperblockV1? {
        var newest: SuperblockV1?
        for case .superblock(let superblock) in findings.map(\.answer) {
            if superblock.creationStamp > newest?.creationStamp ?? 0 || newest == nil { newest = superblock }
        }
        return newest
    }

    /// What was found at the place of one minor version.
    package struct Finding: Hashable, Sendable {
        package let version: SuperblockV1.MinorVersion
        package let answer: Answer
    }

    /// What lies at a place.
    package enum Answer: Hashable, Sendable {
        case superblock(SuperblockV1)
        /// No superblock: the word where the magic would be.
        case other(word: UInt32)
        /// md's magic, but not to be used.
        case rejected(SuperblockV1.Rejection)
        /// The device is too small for the place.
        case tooSmall
    }

    /// A run of bytes as it was read.
    struct Window: Sendable {
        let start: UInt64
        let bytes: [UInt8]

        /// The bytes of `extent`, where the window covers it whole.
        func bytes(of extent: Extent) -> [UInt8]? {
            guard covers(extent) else { return nil }
            let first = Int(extent.offset.rawValue - start)
            return extent.count == bytes.count ? bytes : Array(bytes[first..<first + extent.count])
        }

        func covers(_ extent: Extent) -> Bool {
            let offset = extent.offset.rawValue
            guard offset >= start, offset - start <= UInt64(bytes.count) else { return false }
            return extent.count <= bytes.count - Int(offset - start)
        }
    }
}

extension Member {
    /// The bytes of `extent`: from what was read already where that covers it, else from the device.
    package func bytes<K: Kernel>(of extent: Extent, kernel: K) throws(SystemCallError) -> [UInt8] {
        for window in windows {
            if let bytes = window.bytes(of: extent) { return bytes }
        }
        return try kernel.read(extent, of: handle)
    }

    /// What lies where the bitmap of a 0.90 superblock would be, right magic or not; nil where it has none.
    package func bitmapHeader<K: Kernel>(
        of superblock: SuperblockV0, kernel: K
    ) throws(SystemCallError) -> BitmapSuperblock? {
        try bitmapHeader(at: superblock.bitmapPlace(onDeviceOf: size), kernel: kernel)
    }

    /// The header of the bitmap that `superblock` points to, right magic or not; nil where there is none.
    package func bitmapHeader<K: Kernel>(
        of superblock: SuperblockV1, kernel: K
    ) throws(SystemCallError) -> BitmapSuperblock? {
        try bitmapHeader(at: superblock.bitmapPlace, kernel: kernel)
    }

    /// The same of a superblock of either format.
    package func bitmapHeader<K: Kernel>(
        of superblock: MemberSuperblock, kernel: K
    ) throws(SystemCallError) -> BitmapSuperblock? {
        try bitmapHeader(at: superblock.bitmapPlace, kernel: kernel)
    }

    /// Where the headers of bitmaps lie that its superblocks point to, as far as that was not read yet.
    var unreadBitmapHeaders: [Extent] {
        var places = superblocks.map(\.bitmapPlace)
        if let superblock0 { places.append(superblock0.bitmapPlace(onDeviceOf: size)) }
        let extents = places.compactMap { $0.map(Self.bitmapHeaderExtent) }
        return extents.filter { extent in !windows.contains { $0.covers(extent) } }
    }

    /// Keeps what was read at `offset`.
    mutating func remember(_ bytes: [UInt8], at offset: ByteCount) {
        windows.append(Window(start: offset.rawValue, bytes: bytes))
    }

    private static func bitmapHeaderExtent(at place: Sectors) -> Extent {
        Extent(offset: place.bytes, count: BitmapSuperblock.byteCount)
    }

    private func bitmapHeader<K: Kernel>(
        at place: Sectors?, kernel: K
    ) throws(SystemCallError) -> BitmapSuperblock? {
        guard let place else { return nil }
        let extent = Self.bitmapHeaderExtent(at: place)
        return BitmapSuperblock(reading: try bytes(of: extent, kernel: kernel))
    }
}

extension BlockDevices {
    /// What lies where a bitmap's header would be, right magic or not; nil where it cannot be read.
    func bitmapHeader(at place: ByteCount, of device: DeviceHandle) -> BitmapSuperblock? {
        let bytes = try? read(Extent(offset: place, count: BitmapSuperblock.byteCount), of: device)
        return bytes.flatMap { BitmapSuperblock(reading: $0) }
    }
}
