package import MDBytes
package import MDFormats
package import MDKernel

/// Reads members: the start of the device and its end at once, and many devices side by side.
package enum MemberReader {
    /// A device that is open, with `.direct`.
    package struct Device: Sendable {
        let handle: DeviceHandle
        let path: String
        let number: DeviceNumber
    }

    /// What else is read of a device than the places of superblocks 1.x.
    package struct OtherPlaces: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// That of a superblock 0.90.
        package static let version0 = OtherPlaces(rawValue: 1)
        /// Where the header of a bitmap usually lies: who wants that gets it in the same round.
        package static let bitmap = OtherPlaces(rawValue: 2)
    }

    /// Opens `path` and reads what md knows about it. `options` always gain `.direct`.
    package static func read<K: Kernel>(
        _ path: String, _ options: OpenOptions = [], also others: OtherPlaces = [], kernel: K
    ) throws(SystemCallError) -> Member {
        try readAll([path], options, also: others, kernel: kernel)[0].get()
    }

    /// The same for many devices, which stay open as long as their answers live; the answers keep the order.
    package static func readAll<K: Kernel>(
        _ paths: [String], _ options: OpenOptions = [], also others: OtherPlaces = [], kernel: K
    ) -> [Result<Member, SystemCallError>] {
        let opened = paths.map { path in
            Result { () throws(SystemCallError) in try open(path, options, kernel: kernel) }
        }
        return read(opened, also: others, kernel: kernel)
    }

    /// How many devices may well be open at once, and what is read of them fits into memory.
    static var roundLimit: Int { 256 }

    /// Calls `body` for `roundLimit` devices at a time.
    static func inRounds<Answer>(_ paths: [String], _ body: ([String]) -> [Answer]) -> [Answer] {
        stride(from: 0, to: paths.count, by: roundLimit).flatMap { start in
            body(Array(paths[start..<min(start + roundLimit, paths.count)]))
        }
    }

    /// The same for a device that is open already (with `.direct`). Only the places of `versions` are
    /// looked at, and the others that are asked for.
    package static func read<K: Kernel>(
        _ handle: DeviceHandle, path: String, device: DeviceNumber,
        versions: [SuperblockV1.MinorVersion] = SuperblockV1.MinorVersion.allCases,
        also others: OtherPlaces = [], kernel: K
    ) throws(SystemCallError) -> Member {
        let device = Device(handle: handle, path: path, number: device)
        return try read([.success(device)], versions: versions, also: others, kernel: kernel)[0].get()
    }

    private static func open<K: Kernel>(
        _ path: String, _ options: OpenOptions, kernel: K
    ) throws(SystemCallError) -> Device {
        let status = try kernel.status(ofPath: path)
        guard status.kind == .block || status.kind == .regular else {
            // So the kernel answers, with `.direct`; a pipe would wait for somebody to write.
            throw SystemCallError("open", .invalid, on: path)
        }
        return Device(handle: try kernel.open(path, options.union(.direct)), path: path, number: status.device)
    }

    /// All devices that could be opened, in one round of reads.
    static func read<K: Kernel>(
        _ opened: [Result<Device, SystemCallError>],
        versions: [SuperblockV1.MinorVersion] = SuperblockV1.MinorVersion.allCases,
        also others: OtherPlaces, kernel: K
    ) -> [Result<Member, SystemCallError>] {
        let looks = opened.map { device in
            Result { () throws(SystemCallError) in
                let device = try device.get()
                let size = try kernel.size(of: device.handle)
                return MemberLook(device, size: size, versions: versions, also: others)
            }
        }
        let wanted = looks.map { look in (try? look.get().reads) ?? [] }
        var answers = kernel.readAll(wanted.flatMap { $0 })[...]
        return zip(looks, wanted).map { look, reads in
            let own = answers.prefix(reads.count)
            answers = answers.dropFirst(reads.count)
            return Result { () throws(SystemCallError) in try look.get().member(own) }
        }
    }

    /// Reads the headers of bitmaps that lie in unusual places, all at once, so that `Member.bitmapHeader` finds them.
    /// Where that fails, the header's reader learns why.
    static func readBitmapHeaders<K: Kernel>(of members: inout [Result<Member, SystemCallError>], kernel: K) {
        var wanted: [(index: Int, read: DeviceRead)] = []
        for (index, member) in members.enumerated() {
            guard let member = try? member.get() else { continue }
            for extent in member.unreadBitmapHeaders { wanted.append((index, DeviceRead(extent, of: member.handle))) }
        }
        guard !wanted.isEmpty else { return }
        for (request, answer) in zip(wanted, kernel.readAll(wanted.map(\.read))) {
            guard let bytes = try? answer.get(), var member = try? members[request.index].get() else { continue }
            member.remember(bytes, at: request.read.extent.offset)
            members[request.index] = .success(member)
        }
    }
}

/// What is read of one device, and what it says.
private struct MemberLook {
    /// Superblocks 1.1 and 1.2 lie in here.
    private static let frontBytes = 8192
    /// And behind them the usual place of a bitmap's header.
    private static let frontBytesWithBitmap = 12288
    /// Two places of which one begins at most this far behind the other's end are read as one run.
    private static let gapBytes = UInt64(16384)
    /// What is read before the place of 1.0: the usual place of its bitmap.
    private static let tailLead = Sectors(32)

    private let device: MemberReader.Device
    private let byteSize: ByteCount
    private var size: Sectors { byteSize.sectors }
    private let versions: [SuperblockV1.MinorVersion]
    /// The place of 0.90, where that is asked for.
    private let place0: Sectors?
    private let extents: [Extent]

    init(
        _ device: MemberReader.Device, size byteSize: ByteCount, versions: [SuperblockV1.MinorVersion],
        also others: MemberReader.OtherPlaces
    ) {
        self.device = device
        self.byteSize = byteSize
        self.versions = versions
        let size = byteSize.sectors
        place0 = others.contains(.version0) ? SuperblockV0.location(onDeviceOf: size) : nil
        let lead = others.contains(.bitmap) ? Self.tailLead : Sectors(0)
        let atEnd = versions.contains(.atEnd) ? Self.tail(ofDeviceOf: size, lead: lead) : nil
        let places = [place0.map { Extent(offset: $0.bytes, count: SuperblockV0.byteCount) }, atEnd].compactMap { $0 }
        let frontBytes = others.contains(.bitmap) ? Self.frontBytesWithBitmap : Self.frontBytes
        let front = Extent(offset: .zero, count: frontBytes)
        extents = Self.runs(over: (versions != [.atEnd] || places.isEmpty ? [front] : []) + places)
    }

    var reads: [DeviceRead] { extents.map { DeviceRead($0, of: device.handle) } }

    /// The place of 1.0 and what lies before it.
    private static func tail(ofDeviceOf size: Sectors, lead: Sectors) -> Extent? {
        guard let place = SuperblockV1.MinorVersion.atEnd.location(onDeviceOf: size) else { return nil }
        let start = place.subtracting(lead) ?? .zero
        let lead = Int((place.rawValue - start.rawValue) * 512)
        return Extent(offset: start.bytes, count: lead + SuperblockV1.areaBytes)
    }

    /// Runs that cover all of `places`, of which those close together are one.
    private static func runs(over places: [Extent]) -> [Extent] {
        var runs: [Extent] = []
        for place in places.sorted(by: { $0.offset < $1.offset }) {
            guard let last = runs.last, place.offset.rawValue <= last.end + gapBytes else {
                runs.append(place)
                continue
            }
            let end = max(last.end, place.end)
            runs[runs.count - 1] = Extent(offset: last.offset, count: Int(end - last.offset.rawValue))
        }
        return runs
    }

    /// The member, from the answers to `reads`.
    func member(_ answers: ArraySlice<Result<[UInt8], SystemCallError>>) throws(SystemCallError) -> Member {
        var windows: [Member.Window] = []
        for (extent, answer) in zip(extents, answers) {
            windows.append(Member.Window(start: extent.offset.rawValue, bytes: try answer.get()))
        }
        let findings = versions.map { version in
            Member.Finding(version: version, answer: answer(for: version, windows: windows))
        }
        let block0 = place0.flatMap { place in
            let extent = Extent(offset: place.bytes, count: SuperblockV0.byteCount)
            return windows.lazy.compactMap { $0.bytes(of: extent) }.first
        }
        return Member(
            path: device.path, device: device.number, byteSize: byteSize, handle: device.handle, findings: findings,
            version0Block: block0, windows: windows)
    }

    private func answer(for version: SuperblockV1.MinorVersion, windows: [Member.Window]) -> Member.Answer {
        guard let place = version.location(onDeviceOf: size) else { return .tooSmall }
        let extent = Extent(offset: place.bytes, count: SuperblockV1.areaBytes)
        guard let block = windows.lazy.compactMap({ $0.bytes(of: extent) }).first else { return .tooSmall }
        do throws(SuperblockV1.Rejection) {
            if let superblock = try SuperblockV1(reading: block, at: place) { return .superblock(superblock) }
            return .other(word: block[Field<UInt32>(at: 0)])
        } catch { return .rejected(error) }
    }
}
