internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// The acting part of an assembly: hands the members to the driver and starts the array.
struct AssemblyAct<K: Kernel> {
    let context: Context<K>
    private let diagnosis: RunDiagnosis<K>
    let choice: ArrayChoice
    /// Whether the array was begun earlier: then it stays, whatever happens.
    private let existed: Bool
    /// What SYSFS lines want for arrays, and POLICY lines allow for disks.
    let configuration: Configuration
    private let backup: ReshapeBackup
    /// What to tell once the node is there.
    private(set) var success: AssembleReport?
    /// Whether what there is to tell waits for its turn.
    var isWithholding = false
    private(set) var withheld: [AssembleNotice] = []

    init(context: Context<K>, diagnosis: RunDiagnosis<K>, choice: ArrayChoice, existed: Bool,
        configuration: Configuration, backup: ReshapeBackup
    ) {
        self.backup = backup
        self.context = context
        self.diagnosis = diagnosis
        self.choice = choice
        self.existed = existed
        self.configuration = configuration
    }

    var array: String { choice.path }

    mutating func tell(_ notice: AssembleNotice) {
        guard isWithholding else { return context.listener.tell(.assemble(notice)) }
        withheld.append(notice)
    }

    mutating func tell(_ remarks: [Assembly.Remark]) {
        for remark in remarks { tell(.remark(remark, array: array)) }
    }

    /// Writes what changed; the result is what the members hold then.
    mutating func begin(
        _ planned: Assembly, _ executor: inout Executor<K>
    ) throws(AssembleRefusal) -> Assembly {
        var assembly = planned
        try takeUpReshape(&assembly, &executor)
        tell(assembly.remarks.filter { $0.missingSlot == nil })
        if assembly.lacksJournal {
            guard assembly.isForced else { throw .noJournal }
            tell(.startsWithoutJournal)
        }
        for member in assembly.members where member.isRewritten { try rewrite(member, &executor) }
        return assembly
    }

    /// Puts back what a reshape may have overwritten halfway, as far as there are copies.
    private mutating func takeUpReshape(
        _ assembly: inout Assembly, _ executor: inout Executor<K>
    ) throws(AssembleRefusal) {
        guard let reshape = Reshape(assembly.leader.superblock), reshape.staysInPlace, assembly.isToStart else {
            return
        }
        // The driver knows already where the reshape stands.
        guard !assembly.members.contains(where: \.isIncluded) else {
            guard reshape.hazard == nil else { throw .reshape(.alreadyBegun(array: array)) }
            return
        }
        let restorer = ReshapeRestorer(kernel: context.kernel, assembly: assembly, reshape: reshape)
        var heard: [ReshapeRemark] = []
        let outcome = Result { () throws(AssembleRefusal) in
            try backup.search(with: restorer, array) { heard.append($0) }
        }
        for remark in heard { tell(.reshape(remark)) }
        switch try outcome.get() {
        case .found(let found):
            tell(.reshape(.restoring))
            assembly.moveReshape(to: found.position)
            // As one plan, which the archive keeps once: the data first.
            let superblocks = assembly.members.filter(\.isRewritten).map(superblock(of:))
            try write(found.writes + superblocks, isIncluded: false, &executor)
            assembly.noteWritten()
            // What was put back stays, even where the array then does not start.
            executor.keep()
            executor.onUndo(.stop(array: array))
        case .nothing(let problem):
            if let problem { tell(.goesOnWithoutBackup(problem)) }
        }
    }

    /// Adds the members and starts the array, which the map knows. Arrays do this side by side.
    mutating func start(
        _ assembly: Assembly, _ executor: inout Executor<K>
    ) throws(AssembleRefusal) -> AssembleOutcome.Result {
        if !existed {
            try announceLockless(assembly, &executor)
            let version = Self.version(of: assembly.leader.superblock)
            try step(PlannedStep(.setArrayInfo(array: array, version)), &executor)
        }
        var assembly = assembly
        for member in add(assembly, &executor) { assembly.lose(member) }
        var report = AssembleReport(array: array)
        report.available = assembly.present
        report.raidDisks = assembly.raidDisks
        report.rebuilding = assembly.rebuilding
        report.spares = assembly.spares
        report.journals = assembly.journals
        switch assembly.verdict {
        case .start, .startHopeless:
            try run(assembly, &executor)
            let uuid = assembly.leader.superblock.printedUUID
            setAttributes(configuration.attributes(of: array, uuid: uuid), &executor)
            takeBack(assembly, &executor)
            success = executor.isDryRun ? nil : report
            executor.keep()
            return executor.isDryRun ? .planned : .started
        case .heldBack:
            tell(.notStarted(report, assembly.verdict))
            executor.keep()
            return .heldBack
        default:
            tell(.notStarted(report, assembly.verdict))
            if existed { executor.keep() }
            return .refused
        }
    }

    /// Stops what was begun here and takes its map entry away; an array that existed before stays.
    func takeBack(lock: borrowing MapLock<K>, _ executor: inout Executor<K>) {
        guard !existed, !executor.isDryRun else { return executor.keep() }
        executor.undo()
        guard lock.read().entry(named: choice.kernelName) != nil else { return }
        do throws(StepFailure) { try executor.perform(lock.removing(choice.kernelName)) } catch {
            context.listener.tell(.undoFailed(error.step, error.error))
        }
    }

    private func step(_ planned: PlannedStep, _ executor: inout Executor<K>) throws(AssembleRefusal) {
        do throws(StepFailure) { try executor.perform(planned) } catch { throw .step(error) }
    }

    /// Some kernels do not find out themselves that a bitmap is lockless. Those that have none of this kind say so when
    /// the array starts.
    private func announceLockless(_ assembly: Assembly, _ executor: inout Executor<K>) throws(AssembleRefusal) {
        let directory = ArrayDirectory(choice.kernelName, kernel: context.kernel)
        guard directory.attribute("bitmap_type") != nil, assembly.bitmapHeader(context.kernel)?.isLockless == true
        else { return }
        let announcement = Step.attribute(file: directory.file("bitmap_type"), value: "llbitmap")
        try step(PlannedStep(announcement, tolerating: [.invalid]), &executor)
    }

    /// No more than the version: the driver takes the rest from the members.
    private static func version(of superblock: MemberSuperblock) -> ArrayInfo {
        var info = ArrayInfo()
        switch superblock {
        case .version0(let block, _): info.minorVersion = Int32(bitPattern: block.minorVersion)
        case .version1(let block):
            info.majorVersion = 1
            info.minorVersion = Int32(block.minorVersion.rawValue)
        }
        return info
    }
}

extension AssemblyAct {
    private func rewrite(_ member: Assembly.Member, _ executor: inout Executor<K>) throws(AssembleRefusal) {
        try write([superblock(of: member)], isIncluded: member.isIncluded, &executor)
    }

    private func superblock(of member: Assembly.Member) -> DeviceWrite {
        let superblock = member.superblock
        return DeviceWrite(
            device: member.path, offset: superblock.place.bytes, bytes: superblock.writtenBytes,
            content: .superblock)
    }

    /// Writes to members in this order; nobody else may hold the devices meanwhile, unless they are in the array
    /// already.
    func write(
        _ changes: [DeviceWrite], isIncluded: Bool, _ executor: inout Executor<K>
    ) throws(AssembleRefusal) {
        let paths = Set(changes.map(\.device)).sorted()
        defer { for path in paths { executor.giveBack(path) } }
        if !executor.isDryRun {
            let options: OpenOptions = isIncluded ? [.write, .direct] : [.write, .exclusive, .direct]
            // A device that is named twice would find itself busy.
            var held: [DeviceNumber: DeviceHandle] = [:]
            for path in paths {
                do throws(SystemCallError) {
                    let number = try context.kernel.status(ofPath: path).device
                    if held[number] == nil { held[number] = try context.kernel.open(path, options) }
                    if let handle = held[number] { executor.lend(handle, as: path) }
                } catch { throw .notOpened(path: path, error) }
            }
        }
        do throws(StepFailure) { try executor.perform(changes.map { PlannedStep(.write($0)) }) } catch {
            throw .step(error)
        }
    }

    /// Adds every member that is not in the array yet; returns those the driver refused.
    private mutating func add(_ assembly: Assembly, _ executor: inout Executor<K>) -> [Assembly.Member] {
        var lost: [Assembly.Member] = []
        // Empty slots are told of between their neighbours. The leader comes last whatever its slot.
        var missing = assembly.remarks.filter { $0.missingSlot != nil }[...]
        for (place, member) in assembly.members.enumerated() where !member.isIncluded {
            let isLeader = place + 1 == assembly.members.count
            let due = missing.prefix { remark in
                guard !isLeader, let slot = member.slot, let missing = remark.missingSlot else { return true }
                return missing < slot || missing == slot && member.isReplacement
            }
            tell(Array(due))
            missing = missing.dropFirst(due.count)
            do throws(StepFailure) {
                try add(member, &executor)
                let isStale = member.standing == .stale
                if !executor.isDryRun {
                    tell(
                        .added(
                            path: member.path, array: array, slot: member.superblock.shownSlot,
                            isReplacement: member.isReplacement, isStale: isStale))
                }
            } catch {
                tell(.addFailed(path: member.path, array: array, error.error))
                lost.append(member)
            }
        }
        tell(Array(missing))
        return lost
    }

    private func add(_ member: Assembly.Member, _ executor: inout Executor<K>) throws(StepFailure) {
        let addition = addition(of: member)
        if !executor.isDryRun {
            do throws(SystemCallError) {
                // Read-only, so that closing it does not make udev look at the device again.
                executor.lend(try context.kernel.open(member.path, [.direct]), as: member.path)
            } catch { throw StepFailure(step: addition, error: error) }
        }
        defer { executor.giveBack(member.path) }
        try executor.perform(
            PlannedStep(.removePartitions(device: member.path), tolerating: [.notSupported, .invalid]))
        // Another command may just be trying whether somebody holds the device.
        try executor.perform(
            PlannedStep(addition, retrying: [.busy], attempts: 5, pause: Milliseconds(20)))
    }

    func addition(of member: Assembly.Member) -> Step {
        var state: DiskInfo.State = member.slot == nil ? [] : [.active, .sync]
        if member.superblock.isWriteMostly { state.insert(.writeMostly) }
        if member.superblock.isFailfast { state.insert(.failfast) }
        if member.standing == .journal { state.insert(.journal) }
        let disk = DiskInfo(
            number: Int32(truncatingIfNeeded: member.superblock.deviceNumber), device: member.device,
            raidDisk: Int32(truncatingIfNeeded: member.slot ?? -1), state: state)
        return .addDisk(array: array, device: member.path, disk)
    }
}

extension AssemblyAct {
    /// Starts the array. A clustered one is made writable at once: while it is auto-read-only, no other
    /// node can add a disk.
    private mutating func run(_ assembly: Assembly, _ executor: inout Executor<K>) throws(AssembleRefusal) {
        let directory = ArrayDirectory(choice.kernelName, kernel: context.kernel)
        let mark = context.kernel.kernelLogMark()
        do throws(StepFailure) {
            if context.options.readOnly || assembly.lacksJournal || assembly.waitsForCopies {
                try executor.perform(
                    PlannedStep(.attribute(file: directory.file("array_state"), value: "readonly")))
            } else {
                try executor.perform(PlannedStep(.run(array: array)))
            }
        } catch {
            if case .attribute = error.step {
                tell(.notMadeReadOnly(array: choice.kernelName, error.error.errno))
            }
            let log = context.kernel.kernelLog(since: mark).filter(isOurs)
            tell(.runFailed(array: array, diagnosis.explain(error.error, assembly, log: log)))
            throw .notStarted
        }
        let isClustered = assembly.leader.superblock.isClustered
        if assembly.lacksJournal { return }
        if assembly.waitsForCopies { return tell(.reshapeWaits(array: array)) }
        if isClustered, !context.options.readOnly {
            makeWritable(directory, &executor)
        } else if assembly.wasForced, assembly.level == .raid6,
            assembly.available.count == assembly.raidDisks - 1
        {
            // Forced members may disagree; one missing disk still leaves parity to tell.
            let repair = Step.attribute(file: directory.file("sync_action"), value: "repair")
            try step(PlannedStep(repair, tolerating: [.busy, .invalid, .readOnly]), &executor)
        }
    }

    /// Whether a line of the kernel's log can be about this array: others start at the same time.
    private func isOurs(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == ":" || $0 == "/" || $0 == "," }.map(String.init)
        return words.contains(choice.kernelName)
            || !words.contains { $0.hasPrefix("md") && ArrayNaming.number(wishedBy: $0) != nil }
    }

    private mutating func makeWritable(_ directory: ArrayDirectory<K>, _ executor: inout Executor<K>) {
        guard executor.isDryRun || directory.attribute("array_state") == "read-auto" else { return }
        do throws(StepFailure) { try executor.perform(PlannedStep(.makeReadWrite(array: array))) } catch {
            tell(.staysReadOnly(array: array, error.error))
        }
    }
}

extension Assembly.Remark {
    var isAboutEvents: Bool { if case .forcedEvents = self { true } else { false } }

    /// The slot without a fresh member, where it is about one: told of while the members are added.
    fileprivate var missingSlot: Int? {
        if case .noFreshMember(let slot) = self { slot } else { nil }
    }
}
