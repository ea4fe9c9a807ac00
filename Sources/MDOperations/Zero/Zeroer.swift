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

    /// Wipes devices. `--force` does without the exclusive hold on them. All are read at once; what they lose is one
    /// entry of the archive.
    package func run(_ paths: [String]) -> [ZeroOutcome] {
        guard let wanted = Wanted(context.options.metadata) else {
            return paths.map { _ in
                context.listener.tell(.zero(.unknownFormat(context.options.metadata ?? "")))
                return .failed
            }
        }
        var executor = Executor(context)
        var outcomes: [ZeroOutcome] = []
        while outcomes.count < paths.count {
            outcomes += wipe(round(paths.dropFirst(outcomes.count)), wanted, &executor)
        }
        return outcomes
    }

    /// A device and what is to be done to it.
    private struct Task {
        var path: String
        /// Or why it could not be opened.
        var opened: Result<DeviceHandle, SystemCallError>
        var member: Member?
        var writes: [PlannedStep] = []
        var failure: ZeroNotice?
    }

    /// Opens as many of the devices, from the first on, as can be looked at together. One that is busy may be one of
    /// them under another name, their disk or a partition of theirs, so it is left until they are done. Without the
    /// exclusive hold nothing tells, so each goes by itself.
    private func round(_ paths: ArraySlice<String>) -> [Task] {
        var tasks: [Task] = []
        for path in paths.prefix(context.options.force ? 1 : MemberReader.roundLimit) {
            let task = open(path)
            if case .failure(let error) = task.opened, error.errno == .busy, !tasks.isEmpty { break }
            tasks.append(task)
        }
        return tasks
    }

    private func open(_ path: String) -> Task {
        let hold: OpenOptions = context.options.force ? [] : .exclusive
        let opened = Result { () throws(SystemCallError) in
            try context.kernel.open(path, hold.union([.write, .direct]))
        }
        return Task(path: path, opened: opened)
    }

    private func wipe(_ tasks: [Task], _ wanted: Wanted, _ executor: inout Executor<K>) -> [ZeroOutcome] {
        let tasks = looked(tasks, wanted)
        for case .success(let handle) in tasks.map(\.opened) { executor.lend(handle, as: handle.path) }
        executor.prepare(tasks.flatMap(known))
        // The entry is for all of them: one that is put back as it was must not drop it.
        if tasks.count > 1 { executor.keep() }
        return tasks.map { task in
            defer { executor.giveBack(task.path) }
            if let failure = task.failure { context.listener.tell(.zero(failure)) }
            guard let member = task.member else { return .notOpened }
            return task.writes.isEmpty ? absent(member, wanted) : erase(task.writes, &executor)
        }
    }

    /// The same with what is on the devices, which are read at once, and what is to be written.
    private func looked(_ tasks: [Task], _ wanted: Wanted) -> [Task] {
        let devices = tasks.map { task in
            task.opened.map { MemberReader.Device(handle: $0, path: task.path, number: .none) }
        }
        let found = MemberReader.read(devices, lookingForVersion0: wanted.coversElder, kernel: context.kernel)
        return zip(tasks, found).map { task, answer in
            var task = task
            switch (task.opened, answer) {
            case (.failure(let error), _): task.failure = .cannotOpen(task.path, error.errno)
            case (_, .failure(let error)): task.failure = .cannotRead(task.path, error.errno)
            case (_, .success(let member)):
                task.member = member
                task.writes = plan(member, wanted)
            }
            return task
        }
    }

    /// What was read where a device is written; the rest is left to its plan.
    private func known(_ task: Task) -> [(write: DeviceWrite, before: [UInt8])] {
        Executor<K>.writes(task.writes).compactMap { write in
            let extent = Extent(offset: write.offset, count: write.bytes.count)
            return (try? task.member?.bytes(of: extent, kernel: context.kernel)).map { (write, $0) }
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

    private func erase(_ writes: [PlannedStep], _ executor: inout Executor<K>) -> ZeroOutcome {
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
