internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// What `--zero-superblock` tells while it runs.
package enum ZeroNotice: Hashable, Sendable {
    case cannotOpen(String, Errno)
    case cannotRead(String, Errno)
    /// Nothing of md's was found.
    case nothingFound(String)
    /// With `-e`: the place held something else; its first four bytes are given.
    case noSuchFormat(String, magic: UInt32)
    /// With `-e`: a superblock of another major version lies in the place.
    case otherVersion(String, major: UInt32)
    /// `-e` names a format that this release cannot wipe.
    case unknownFormat(String)
    case stepFailed(StepFailure)
}

/// What became of one device.
package enum ZeroOutcome: Hashable, Sendable {
    case wiped, nothingFound
    /// Nothing of the format that `-e` asked for.
    case formatAbsent
    case notOpened
    case failed
}

/// `--zero-superblock`: erases every md superblock on a device, the newest first.
package struct Zeroer<K: Kernel> {
    private let context: Context<K>

    package init(_ context: Context<K>) { self.context = context }

    /// Wipes one device. `--force` does without the exclusive hold on it.
    package func run(_ path: String) -> ZeroOutcome {
        let wanted: Wanted
        switch Wanted(context.options.metadata) {
        case let known?: wanted = known
        case nil:
            context.listener.tell(.zero(.unknownFormat(context.options.metadata ?? "")))
            return .failed
        }
        let handle: DeviceHandle
        do throws(SystemCallError) {
            let hold: OpenOptions = context.options.force ? [] : .exclusive
            handle = try context.kernel.open(path, hold.union([.write, .direct]))
        } catch {
            context.listener.tell(.zero(.cannotOpen(path, error.errno)))
            return .notOpened
        }
        do throws(SystemCallError) {
            let member = try MemberReader.read(
                handle, path: path, device: .none, lookingForVersion0: wanted.coversElder, kernel: context.kernel)
            let writes = plan(member, wanted)
            guard !writes.isEmpty else { return absent(member, wanted) }
            return erase(writes, handle)
        } catch {
            context.listener.tell(.zero(.cannotRead(path, error.errno)))
            return .notOpened
        }
    }

    /// Which formats are to go.
    private enum Wanted: Hashable {
        case all
        case anyVersion1
        case version1(SuperblockV1.MinorVersion)
        case elder

        init?(_ descriptor: String?) {
            switch descriptor {
            case nil: self = .all
            case "1", "default": self = .anyVersion1
            case "1.0", "1.00": self = .version1(.atEnd)
            case "1.1", "1.01": self = .version1(.atStart)
            case "1.2", "1.02": self = .version1(.fourKiBIn)
            case "0", "0.90", "00.90", "0.91", "0.9", "0.swap": self = .elder
            default: return nil
            }
        }

        func covers(_ version: SuperblockV1.MinorVersion) -> Bool {
            switch self {
            case .all, .anyVersion1: true
            case .version1(let wanted): wanted == version
            case .elder: false
            }
        }

        var coversElder: Bool { self == .all || self == .elder }
    }

    private func plan(_ member: Member, _ wanted: Wanted) -> [PlannedStep] {
        let blocks = member.superblocks.filter { wanted.covers($0.minorVersion) }
            .sorted { $0.creationStamp > $1.creationStamp }
        var writes = blocks.map { zeros($0.writtenBytes.count, at: $0.superOffset.bytes, of: member.path) }
        if let block = member.version0Block, SuperblockV0.any(reading: block) != nil,
            let place = SuperblockV0.location(onDeviceOf: member.size)
        {
            writes.append(zeros(SuperblockV0.byteCount, at: place.bytes, of: member.path))
        }
        return writes
    }

    private func zeros(_ count: Int, at offset: ByteCount, of path: String) -> PlannedStep {
        let bytes = [UInt8](repeating: 0, count: count)
        return PlannedStep(.write(DeviceWrite(device: path, offset: offset, bytes: bytes, content: .erasure)))
    }

    private func erase(_ writes: [PlannedStep], _ handle: DeviceHandle) -> ZeroOutcome {
        var executor = Executor(context)
        executor.lend(handle, as: handle.path)
        do throws(StepFailure) { try executor.perform(writes) } catch {
            context.listener.tell(.zero(.stepFailed(error)))
            executor.undo()
            return .failed
        }
        executor.keep()
        return .wiped
    }

    private func absent(_ member: Member, _ wanted: Wanted) -> ZeroOutcome {
        guard wanted != .all else {
            context.listener.tell(.zero(.nothingFound(member.path)))
            return .nothingFound
        }
        if wanted == .elder, let found = member.version0Block.flatMap({ SuperblockV0(reading: $0) }) {
            context.listener.tell(.zero(.otherVersion(member.path, major: found.majorVersion)))
        } else {
            context.listener.tell(.zero(.noSuchFormat(member.path, magic: magic(member, wanted))))
        }
        return .formatAbsent
    }

    /// The four bytes where the magic was expected.
    private func magic(_ member: Member, _ wanted: Wanted) -> UInt32 {
        var place: Sectors?
        switch wanted {
        case .version1(let version): place = version.location(onDeviceOf: member.size)
        case .elder: place = SuperblockV0.location(onDeviceOf: member.size)
        case .all, .anyVersion1: place = Sectors(8)
        }
        guard let place,
            let bytes = try? member.bytes(of: Extent(offset: place.bytes, count: 512), kernel: context.kernel),
            bytes.count >= 4
        else { return 0 }
        return bytes[Field<UInt32>(at: 0)]
    }
}
