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
        _ path: String, _ options: OpenOptions = [], lookingForVersion0: Bool = false, kernel: K
    ) throws(MemberFailure) -> Member {
        do throws(SystemCallError) {
            let status = try kernel.status(ofPath: path)
            guard status.kind == .block || status.kind == .regular else {
                throw SystemCallError("open", .notBlockDevice, on: path)
            }
            let handle = try kernel.open(path, options.union(.direct))
            return try read(
                handle, path: path, device: status.device, lookingForVersion0: lookingForVersion0, kernel: kernel)
        } catch {
            throw error.errno == .notBlockDevice ? .notBlockDevice(path) : .call(error)
        }
    }

    /// The same for a device that is open already (with `.direct`). Only the places of `versions` are
    /// looked at, and that of 0.90 where it is asked for.
    package static func read<K: Kernel>(
        _ handle: DeviceHandle, path: String, device: DeviceNumber,
        versions: [SuperblockV1.MinorVersion] = SuperblockV1.MinorVersion.allCases,
        lookingForVersion0: Bool = false, kernel: K
    ) throws(SystemCallError) -> Member {
        let size = try kernel.size(of: handle).sectors
        let place0 = lookingForVersion0 ? SuperblockV0.location(onDeviceOf: size) : nil
        let tail = tail(ofDeviceOf: size, from: place0)
        var windows: [Member.Window] = []
        if versions != [.atEnd] || tail == nil {
            let front = try kernel.read(Extent(offset: .zero, count: frontBytes), of: handle)
            windows.append(Member.Window(start: 0, bytes: front))
        }
        if versions.contains(.atEnd) || place0 != nil, let tail {
            let bytes = try kernel.read(tail, of: handle)
            windows.append(Member.Window(start: tail.offset.rawValue, bytes: bytes))
        }
        let findings = versions.map { version in
            Member.Finding(version: version, answer: answer(for: version, size: size, windows: windows))
        }
        let block0 = place0.flatMap { place in
            let extent = Extent(offset: place.bytes, count: SuperblockV0.byteCount)
            return windows.lazy.compactMap { $0.bytes(of: extent) }.first
        }
        return Member(
            path: path, device: device, size: size, handle: handle, findings: findings,
            version0Block: block0, windows: windows)
    }

    /// The run around the places of 0.90, where that is wanted, and of 1.0, unless the front covers it. One read:
    /// the first of them is at most 128 KiB from the end.
    private static func tail(ofDeviceOf size: Sectors, from place0: Sectors?) -> Extent? {
        guard let place = SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: size),
            place.bytes.rawValue + UInt64(SuperblockV1.areaBytes) > UInt64(frontBytes)
        else { return nil }
        let usual = place.subtracting(tailLead) ?? .zero
        let start = place0.map { min($0, usual) } ?? usual
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
