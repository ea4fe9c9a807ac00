internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

extension ManageVerb {
    /// A disk comes (back) to the array: in its old place where it fits, else as a spare.
    mutating func add(_ target: ManageTarget, _ operation: ManageRequest.Operation) throws(ManageFailure) {
        if operation.action == .addJournal, array.directory.attribute("array_state") != "readonly" {
            throw .notReadOnlyForJournal(array.path)
        }
        if operation.action == .reAdd, try reAddInPlace(target) { return }
        let candidate = try open(target)
        freeze()
        guard array.isPersistent else {
            if operation.action == .reAdd {
                throw .reAddWithoutMetadata(target.name, array: array.directory.name)
            }
            return try addWithoutMetadata(candidate, operation)
        }
        guard array.hasVersion1 else {
            throw .unsupportedMetadata(array.metadata, array: array.path)
        }
        let reference = reference()
        if let block = reference?.superblock { try checkSize(candidate, block, operation) }
        if array.isClustered { try askNodes(about: candidate) }
        if operation.action == .add || operation.action == .reAdd {
            if try reAdd(candidate, operation, reference?.superblock) { return }
        }
        if operation.action == .reAdd { throw .reAddImpossible(target.name, array: array.path) }
        guard array.works() else { throw .arrayFailed(array.path, device: target.name) }
        guard let reference, let block = reference.superblock else {
            throw .noReference(array.path, device: target.name)
        }
        try addNew(candidate, operation, Reference(member: reference, superblock: block))
        report(.added(target.name))
    }

    /// A device that was read while held exclusively. It is free again: the driver wants it next.
    struct Candidate {
        let target: ManageTarget
        let device: DeviceNumber
        let size: Sectors
        let superblocks: [SuperblockV1]
        /// The one that counts.
        let superblock: SuperblockV1?
    }

    /// A member in sync, whose metadata the new disk's is made from.
    struct Reference {
        let member: Member
        let superblock: SuperblockV1
    }

    private func open(_ target: ManageTarget) throws(ManageFailure) -> Candidate {
        do throws(SystemCallError) {
            let handle = try openWhenFree(target)
            guard let device = target.device else {
                throw SystemCallError("open", .noDevice, on: target.name)
            }
            let member = try MemberReader.read(handle, path: target.name, device: device, kernel: kernel)
            return Candidate(
                target: target, device: device, size: member.size, superblocks: member.superblocks,
                superblock: member.superblock)
        } catch {
            throw error.call == "open" ? .open(target.name, error.errno) : .read(target.name, error.errno)
        }
    }

    /// On a clustered array the disk may be one that another node has just removed; this node's driver lets
    /// go of it a moment later.
    private func openWhenFree(_ target: ManageTarget) throws(SystemCallError) -> DeviceHandle {
        let end = kernel.now() + Milliseconds.seconds(3)
        while true {
            do throws(SystemCallError) { return try openExclusively(target, []) } catch {
                guard error.errno == .busy, array.isClustered, kernel.now() < end,
                    array.members().contains(where: { $0.device == target.device && $0.slot == nil })
                else { throw error }
            }
            kernel.pause(Milliseconds(50))
        }
    }

    func openExclusively(
        _ target: ManageTarget, _ more: OpenOptions
    ) throws(SystemCallError) -> DeviceHandle {
        let options: OpenOptions = [.exclusive, .direct]
        if let path = target.path { return try kernel.open(path, options.union(more)) }
        return try kernel.open(device: target.device ?? .none, options.union(more))
    }

    private func reference() -> Member? {
        for member in array.members().filter(\.isInSync).sorted(by: { ($0.slot ?? 0) < ($1.slot ?? 0) }) {
            guard let handle = try? kernel.open(device: member.device, [.direct]),
                let read = try? MemberReader.read(
                    handle, path: "/dev/\(member.name)", device: member.device, kernel: kernel),
                read.superblock != nil
            else { continue }
            return read
        }
        return nil
    }

    private func checkSize(
        _ candidate: Candidate, _ block: SuperblockV1, _ operation: ManageRequest.Operation
    ) throws(ManageFailure) {
        guard operation.action != .addJournal else { return }
        var placed = block
        if let place = block.minorVersion.location(onDeviceOf: candidate.size) {
            placed.superOffset = place
        }
        let room = NewMember.dataSize(of: placed, on: candidate.size) ?? .zero
        guard room >= array.componentSize, room > .zero else { throw .tooSmall(candidate.target.name) }
    }

    // MARK: Coming back

    /// A faulty member that never left the array takes its place again. False where it is no member.
    private mutating func reAddInPlace(_ target: ManageTarget) throws(ManageFailure) -> Bool {
        guard let member = array.members().first(where: { $0.device == target.device }), member.isFaulty
        else { return false }
        do throws(StepFailure) { try write("re-add", to: "state", of: member) } catch {
            throw .reAdd(target.name, array: array.path, error.error.errno)
        }
        report(.reAddedInPlace(target.name, array: array.directory.name))
        return true
    }

    /// ADD_NEW_DISK in the old slot, which the kernel grants where a bitmap or the event count says that
    /// the disk can catch up. False where it does not.
    private mutating func reAdd(
        _ candidate: Candidate, _ operation: ManageRequest.Operation, _ reference: SuperblockV1?
    ) throws(ManageFailure) -> Bool {
        guard let own = candidate.superblock,
            let returning = ReturningMember(own, of: reference, uuid: array.uuid),
            array.isFree(returning.number)
        else { return false }
        let flags = flags(of: operation, before: returning.flags)
        var executor = borrowingExecutor()
        defer { executor.keep() }
        do throws(StepFailure) {
            if flags != returning.flags {
                try rewriteFlags(flags, of: candidate, own, &executor)
            }
            var disk = DiskInfo(
                number: Int32(returning.number), device: candidate.device,
                raidDisk: Int32(returning.slot), state: [.active, .sync])
            disk.state.formUnion(state(of: flags))
            if array.isClustered { disk.state.insert(.clusterAdd) }
            try executor.perform(
                PlannedStep(.addDisk(array: array.path, device: candidate.target.name, disk)))
        } catch {
            executor.undo()
            if error.error.errno == .noMemory || error.error.errno == .readOnly {
                throw .reAdd(candidate.target.name, array: array.path, error.error.errno)
            }
            return false
        }
        report(.reAdded(candidate.target.name))
        return true
    }

    private func rewriteFlags(
        _ flags: SuperblockV1.DeviceFlags, of candidate: Candidate, _ own: SuperblockV1,
        _ executor: inout Executor<K>
    ) throws(StepFailure) {
        var block = own
        block.deviceFlags = flags
        block.seal()
        let name = candidate.target.name
        let step = Step.write(
            DeviceWrite(
                device: name, offset: block.superOffset.bytes, bytes: block.writtenBytes,
                content: .superblock))
        try withExclusive(candidate.target, step, &executor) { executor throws(StepFailure) in
            try executor.perform(PlannedStep(step))
        }
    }

    /// Lends the executor the device, held exclusively, for `body` only: the kernel wants it next.
    func withExclusive(
        _ target: ManageTarget, _ step: Step, _ executor: inout Executor<K>,
        _ body: (inout Executor<K>) throws(StepFailure) -> Void
    ) throws(StepFailure) {
        if !executor.isDryRun {
            do throws(SystemCallError) {
                executor.lend(try openExclusively(target, [.write]), as: target.name)
            } catch { throw StepFailure(step: step, error: error) }
        }
        defer { executor.giveBack(target.name) }
        try body(&executor)
    }

    // MARK: Flags

    func flags(
        of operation: ManageRequest.Operation, before: SuperblockV1.DeviceFlags = []
    ) -> SuperblockV1.DeviceFlags {
        var flags = before
        if let wanted = operation.device.isWriteMostly { flags.set(.writeMostly, to: wanted) }
        if let wanted = operation.device.isFailfast { flags.set(.failfast, to: wanted) }
        return flags
    }

    func state(of flags: SuperblockV1.DeviceFlags) -> DiskInfo.State {
        var state: DiskInfo.State = []
        if flags.contains(.writeMostly) { state.insert(.writeMostly) }
        if flags.contains(.failfast) { state.insert(.failfast) }
        return state
    }

    /// An array that was built without metadata takes any disk.
    private mutating func addWithoutMetadata(
        _ candidate: Candidate, _ operation: ManageRequest.Operation
    ) throws(ManageFailure) {
        guard let number = array.freeNumber() else { throw .noNumber(array: array.path) }
        let disk = DiskInfo(
            number: Int32(number), device: candidate.device, raidDisk: -1,
            state: state(of: flags(of: operation)))
        var executor = borrowingExecutor()
        let name = candidate.target.name
        do throws(StepFailure) {
            try executor.perform(PlannedStep(.addDisk(array: array.path, device: name, disk)))
        } catch { throw .add(name, number: number, error.error.errno) }
        report(.added(name))
    }
}

extension SuperblockV1.DeviceFlags {
    mutating func set(_ flag: SuperblockV1.DeviceFlags, to wanted: Bool) {
        if wanted { insert(flag) } else { remove(flag) }
    }
}
