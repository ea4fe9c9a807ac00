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
    /// With `-e`: why a place holds nothing of the format.
    case missed(String, MetadataMiss)
    /// With `-e` and `--force`: what lay in the format's place is gone nevertheless.
    case zeroedAnyway
    /// With `--force`, but no one place is that of the format.
    case noOnePlace(String)
    /// `-e` names a format that this release cannot wipe.
    case unknownFormat(String)
    case stepFailed(StepFailure)
}

/// What became of one device.
package enum ZeroOutcome: Hashable, Sendable {
    case wiped, nothingFound
    /// Nothing of the format that `-e` asked for.
    case formatAbsent
    /// `-e` asked for one.
    case partitionTable
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
        var format = SoughtFormat(descriptor: context.options.metadata)
        if case .partitionTable = context.options.metadata.flatMap(MetadataWord.init) {
            // A partition table is no superblock, whether or not there is one.
            for path in paths { context.listener.tell(.zero(.nothingFound(path))) }
            return paths.map { _ in .partitionTable }
        }
        guard format.canBeWiped else {
            return paths.map { _ in
                context.listener.tell(.zero(.unknownFormat(context.options.metadata ?? "")))
                return .failed
            }
        }
        var executor = Executor(context)
        var outcomes: [ZeroOutcome] = []
        while outcomes.count < paths.count {
            outcomes += wipe(round(paths.dropFirst(outcomes.count)), &format, &executor)
        }
        return outcomes
    }

    /// A device and what is to be done to it.
    private struct Task {
        var path: String
        /// Or why it could not be opened.
        var opened: Result<DeviceHandle, SystemCallError>
        var plan = Plan()
    }

    /// What is to be told and written of one device, and what becomes of it if nothing is.
    private struct Plan {
        var member: Member?
        var notices: [ZeroNotice] = []
        var writes: [PlannedStep] = []
        var afterwards: ZeroNotice?
        var outcome = ZeroOutcome.notOpened
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

    private func wipe(
        _ tasks: [Task], _ format: inout SoughtFormat, _ executor: inout Executor<K>
    ) -> [ZeroOutcome] {
        let tasks = looked(tasks, &format)
        for case .success(let handle) in tasks.map(\.opened) { executor.lend(handle, as: handle.path) }
        executor.prepare(tasks.flatMap { known($0.plan) })
        // The entry is for all of them: one that is put back as it was must not drop it.
        if tasks.count > 1 { executor.keep() }
        return tasks.map { task in
            defer { executor.giveBack(task.path) }
            for notice in task.plan.notices { context.listener.tell(.zero(notice)) }
            return task.plan.writes.isEmpty ? task.plan.outcome : erase(task.plan, &executor)
        }
    }

    /// The same with what is on the devices, which are read at once, and what is to be written. As with mdadm the first
    /// device on which `-e 1` finds something says which minor version that is for those behind it.
    private func looked(_ tasks: [Task], _ format: inout SoughtFormat) -> [Task] {
        let devices = tasks.map { task in
            task.opened.map { MemberReader.Device(handle: $0, path: task.path, number: .none) }
        }
        let found = MemberReader.read(devices, also: format.mayBeVersion0 ? .version0 : [], kernel: context.kernel)
        var looked = tasks
        for (index, answer) in found.enumerated() {
            let path = looked[index].path
            switch (looked[index].opened, answer) {
            case (.failure(let error), _): looked[index].plan.notices = [.cannotOpen(path, error.errno)]
            case (_, .failure(let error)): looked[index].plan.notices = [.cannotRead(path, error.errno)]
            case (_, .success(let member)):
                looked[index].plan = plan(member, format)
                if format == .version1, let newest = member.superblock { format = .minor(newest.minorVersion) }
            }
        }
        return looked
    }

    /// What was read where a device is written; the rest is left to its plan.
    private func known(_ plan: Plan) -> [(write: DeviceWrite, before: [UInt8])] {
        Executor<K>.writes(plan.writes).compactMap { write in
            let extent = Extent(offset: write.offset, count: write.bytes.count)
            return (try? plan.member?.bytes(of: extent, kernel: context.kernel)).map { (write, $0) }
        }
    }

    private func plan(_ member: Member, _ format: SoughtFormat) -> Plan {
        var plan = Plan(member: member)
        guard format != .any else {
            plan.writes = places(in: member).map { zeros($0, of: member.path) }
            plan.notices = plan.writes.isEmpty ? [.nothingFound(member.path)] : []
            plan.outcome = .nothingFound
            return plan
        }
        let misses = MetadataSearch(of: member, for: format).misses.filter { !$0.isSuperblock }
        plan.notices = misses.map { .missed(member.path, $0) }
        plan.writes = places(of: format, in: member).map { zeros($0, of: member.path) }
        plan.outcome = misses.contains { $0.isAboutSize } ? .failed : .formatAbsent
        if plan.writes.isEmpty, context.options.force, plan.outcome == .formatAbsent { insist(format, member, &plan) }
        return plan
    }

    /// `--force` overwrites the place even where nothing of the format is.
    private func insist(_ format: SoughtFormat, _ member: Member, _ plan: inout Plan) {
        guard let place = place(of: format, on: member) else {
            plan.notices.append(.noOnePlace(member.path))
            plan.outcome = .failed
            return
        }
        plan.writes = [zeros(place, of: member.path)]
        plan.afterwards = .zeroedAnyway
    }

    /// Where superblocks of any format lie, the newest first, 0.90 last.
    private func places(in member: Member) -> [Extent] {
        places(of: .version1, in: member)
            + [.host, .foreign].flatMap { places(of: .version0($0), in: member) }
    }

    /// Where superblocks of a format lie, the newest first; last what only we take for damaged.
    private func places(of format: SoughtFormat, in member: Member) -> [Extent] {
        if case .version0 = format {
            guard member.superblock(as: format) != nil, let place = place(of: format, on: member) else { return [] }
            return [place]
        }
        let versions = SuperblockV1.MinorVersion.allCases.filter { format == .version1 || format == .minor($0) }
        let ages = versions.compactMap { version in
            member.findings.first { $0.version == version }?.answer.creationStamp.map { (version, $0) }
        }
        return ages.sorted { $0.1 > $1.1 }.compactMap { place(of: .minor($0.0), on: member) }
    }

    /// The one place of a format: what mdadm overwrites there, which of version 1 is the header alone.
    private func place(of format: SoughtFormat, on member: Member) -> Extent? {
        let (place, count) =
            switch format {
            case .version0: (SuperblockV0.location(onDeviceOf: member.size), SuperblockV0.byteCount)
            case .minor(let version): (version.location(onDeviceOf: member.size), 512)
            default: (nil, 0)
            }
        return place.map { Extent(offset: $0.bytes, count: count) }
    }

    private func zeros(_ extent: Extent, of path: String) -> PlannedStep {
        let bytes = [UInt8](repeating: 0, count: extent.count)
        return PlannedStep(.write(DeviceWrite(device: path, offset: extent.offset, bytes: bytes, content: .erasure)))
    }

    private func erase(_ plan: Plan, _ executor: inout Executor<K>) -> ZeroOutcome {
        do throws(StepFailure) { try executor.perform(plan.writes) } catch {
            context.listener.tell(.zero(.stepFailed(error)))
            executor.undo()
            return .failed
        }
        executor.keep()
        if let notice = plan.afterwards { context.listener.tell(.zero(notice)) }
        return .wiped
    }
}

extension SoughtFormat {
    fileprivate var canBeWiped: Bool {
        switch self {
        case .mbr, .unsupported: false
        default: true
        }
    }

    fileprivate var mayBeVersion0: Bool {
        switch self {
        case .any, .version0: true
        default: false
        }
    }
}

extension MetadataMiss {
    /// Whether it is one that only we do not want to read.
    fileprivate var isSuperblock: Bool {
        if case .rejected(.tooManyRoles) = self { true } else { false }
    }

    fileprivate var isAboutSize: Bool {
        switch self {
        case .deviceTooSmall, .deviceTooSmallForVersion0: true
        default: false
        }
    }
}

extension Member.Answer {
    /// How new what is to be erased is; zero for what is damaged, nil where no superblock is.
    fileprivate var creationStamp: UInt64? {
        switch self {
        case .superblock(let superblock): superblock.creationStamp
        case .rejected(.tooManyRoles): 0
        default: nil
        }
    }
}
