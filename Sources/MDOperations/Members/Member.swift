package import MDBytes
package import MDFormats
package import MDKernel

/// A device as a member or a member-to-be: what it is and which md metadata lives on it.
package struct Member: Sendable {
    /// The path as it was given.
    package let path: String
    package let device: DeviceNumber
    package let size: Sectors
    /// The device itself, open as it was asked for; nil once it was given up.
    package let handle: DeviceHandle
    /// Every version-1 superblock that was found, at most one a place.
    package let superblocks: [SuperblockV1]
    /// Blocks with md's magic that cannot be used, with the reason.
    package let rejections: [SuperblockV1.Rejection]
    /// The bytes at the start of the device as they were read, for what else lives there.
    package let front: [UInt8]

    /// mdadm's choice among several: the newest creation time, the first place among equals.
    package var superblock: SuperblockV1? {
        superblocks.max { $0.creationStamp < $1.creationStamp }
    }
}

/// Reads members in one round for the start of the device and one for its end.
package enum MemberReader {
    /// Superblocks 1.1 and 1.2 and the usual place of a bitmap header lie in here.
    static let frontBytes = 16384

    /// Opens `path` and reads what md knows about it. `options` always gain `.direct`.
    package static func read<K: Kernel>(
        _ path: String, _ options: OpenOptions = [], kernel: K
    ) throws(MemberFailure) -> Member {
        do throws(SystemCallError) {
            let status = try kernel.status(ofPath: path)
            guard status.kind == .block || status.kind == .regular else {
                throw SystemCallError("open", .notBlockDevice, on: path)
            }
            let handle = try kernel.open(path, options.union(.direct))
            return try read(handle, path: path, device: status.device, kernel: kernel)
        } catch {
            throw error.errno == .notBlockDevice ? .notBlockDevice(path) : .call(error)
        }
    }

    /// The same for a device that is open already (with `.direct`).
    package static func read<K: Kernel>(
        _ handle: DeviceHandle, path: String, device: DeviceNumber, kernel: K
    ) throws(SystemCallError) -> Member {
        let size = try kernel.size(of: handle).sectors
        let front = try kernel.read(Extent(offset: .zero, count: frontBytes), of: handle)
        var blocks: [(Sectors, [UInt8])] = []
        if front.count >= 8192 {
            blocks = [(.zero, Array(front[0..<4096])), (Sectors(8), Array(front[4096..<8192]))]
        }
        if let end = SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: size), end.rawValue > 8 {
            let tail = try kernel.read(
                Extent(offset: end.bytes, count: SuperblockV1.areaBytes), of: handle)
            blocks.insert((end, tail), at: 0)
        }
        var found: [SuperblockV1] = []
        var rejections: [SuperblockV1.Rejection] = []
        for (place, block) in blocks {
            do throws(SuperblockV1.Rejection) {
                if let superblock = try SuperblockV1(reading: block, at: place) { found.append(superblock) }
            } catch { rejections.append(error) }
        }
        return Member(
            path: path, device: device, size: size, handle: handle, superblocks: found,
            rejections: rejections, front: front)
    }
}

/// Why a device could not be read as a member.
package enum MemberFailure: Error, Hashable, Sendable {
    case notBlockDevice(String)
    case call(SystemCallError)
}
