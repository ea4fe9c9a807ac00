package import MDBytes
package import MDFormats
package import MDKernel

/// Reads members in one round for the start of the device and one for its end.
package enum MemberReader {
    /// Superblocks 1.1 and 1.2 and the usual place of a bitmap header lie in here.
    static let frontBytes = 16384
    /// What is read before the place of 1.0: the usual place of its bitmap.
    static let tailLead = Sectors(32)

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

    /// The same for a device that is open already (with `.direct`). Only the places of `versions` are
    /// looked at.
    package static func read<K: Kernel>(
        _ handle: DeviceHandle, path: String, device: DeviceNumber,
        versions: [SuperblockV1.MinorVersion] = SuperblockV1.MinorVersion.allCases, kernel: K
    ) throws(SystemCallError) -> Member {
        let size = try kernel.size(of: handle).sectors
        var windows: [Member.Window] = []
        if versions != [.atEnd] || tail(ofDeviceOf: size) == nil {
            let front = try kernel.read(Extent(offset: .zero, count: frontBytes), of: handle)
            windows.append(Member.Window(start: 0, bytes: front))
        }
        if versions.contains(.atEnd), let tail = tail(ofDeviceOf: size) {
            let bytes = try kernel.read(tail, of: handle)
            windows.append(Member.Window(start: tail.offset.rawValue, bytes: bytes))
        }
        let findings = versions.map { version in
            Member.Finding(version: version, answer: answer(for: version, size: size, windows: windows))
        }
        return Member(
            path: path, device: device, size: size, handle: handle, findings: findings, windows: windows)
    }

    /// The run around the place of 1.0, unless the front covers it.
    private static func tail(ofDeviceOf size: Sectors) -> Extent? {
        guard let place = SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: size),
            place.bytes.rawValue + UInt64(SuperblockV1.areaBytes) > UInt64(frontBytes)
        else { return nil }
        let start = place.subtracting(tailLead) ?? .zero
        let count = Int(place.rawValue - start.rawValue) * 512 + SuperblockV1.areaBytes
        return Extent(offset: start.bytes, count: count)
    }

    private static func answer(
        for version: SuperblockV1.MinorVersion, size: Sectors, windows: [Member.Window]
    ) -> Member.Answer {
        guard let place = version.location(onDeviceOf: size) else { return .tooSmall }
        let extent = Extent(offset: place.bytes, count: SuperblockV1.areaBytes)
        guard let block = windows.lazy.compactMap({ $0.bytes(of: extent) }).first else { return .tooSmall }
        do throws(SuperblockV1.Rejection) {
            if let superblock = try SuperblockV1(reading: block, at: place) { return .superblock(superblock) }
            return .other(word: block[Field<UInt32>(at: 0)])
        } catch { return .rejected(error) }
    }
}

/// Why a device could not be read as a member.
package enum MemberFailure: Error, Hashable, Sendable {
    case notBlockDevice(String)
    case call(SystemCallError)
}
