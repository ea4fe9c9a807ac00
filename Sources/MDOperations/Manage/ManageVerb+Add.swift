internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

extension ManageVerb {
    /// A disk comes (back) to the array: in its old place where it fits, else as a spare.
    mutating func add(_ target: ManageTarget, _ operation: ManageRequest.Operation) throws(ManageFailure) {
        if operation.action == .reAdd, reAddInPlace(target) { return }
        let candidate = try open(target)
        if operation.action == .addJournal, array.directory.attribute("array_state") != "readonly" {
            throw .notReadOnlyForJournal(array.path)
        }
        freeze()
        if !array.isPersistent, operation.action == .reAdd {
            throw .reAddWithoutMetadata(target.name, array: array.directory.name)
        }
        try checkUse(of: candidate)
        guard array.isPersistent else { return try addWithoutMetadata(candidate, operation) }
        let reference = reference()
        if let reference { try checkSize(candidate, reference, operation) }
        if array.isClustered { try askNodes(about: candidate) }
        if operation.action == .add || operation.action == .reAdd {
            if try reAdd(candidate, operation, reference?.superblock) { return }
        }
        if operation.action == .reAdd { throw .reAddImpossible(target.name, array: array.path) }
        guard array.works() else { throw .arrayFailed(array.path, device: target.name) }
        guard let reference else { throw .noReference(array.path, device: target.name) }
        try addNew(candidate, operation, reference)
        report(.added(target.name))
    }

    /// A device that was read while held exclusively. It is free again: the driver wants it next.
    struct Candidate {
        let target: ManageTarget
        let device: DeviceNumber
        let size: Sectors
        /// Of any format.
        let superblocks: [MemberSuperblock]
        /// The one that counts among those of the array's format.
        let superblock: MemberSuperblock?
        /// What its bitmap takes, where `--update=` may have to know.
        var bitmapSize: Sectors?
    }

    /// A member in sync, whose metadata the new disk's is made from.
    struct Reference {
        let member: Member
        let superblock: MemberSuperblock
    }

    private func open(_ target: ManageTarget) throws(ManageFailure) -> Candidate {
        do throws(SystemCallError) {
            let handle = try openWhenFree(target)
            guard let device = target.device else {
                throw SystemCallError("open", .noDevice, on: target.name)
            }
            let member = try MemberReader.read(
                handle, path: target.name, device: device,
                also: request.update == nil ? .version0 : [.version0, .bitmap], kernel: kernel)
            var candidate = Candidate(
                target: target, device: device, size: member.size, superblocks: member.allSuperblocks,
                superblock: array.superblock(of: member))
            if request.update != nil, let superblock = candidate.superblock {
                candidate.bitmapSize = try member.bitmapHeader(of: superblock, kernel: kernel)?.areaSize
            }
            return candidate
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

    private func reference() -> Reference? {
        for member in array.members().filter(\.isInSync).sorted(by: { ($0.slot ?? 0) < ($1.slot ?? 0) }) {
            guard let handle = try? kernel.open(device: member.device, [.direct]),
                let read = try? MemberReader.read(
                    handle, path: "/dev/\(member.name)", device: member.device,
                    also: array.hasVersion1 ? .bitmap : [.version0, .bitmap], kernel: kernel),
                let superblock = array.superblock(of: read)
            else { continue }
            return Reference(member: read, superblock: superblock)
        }
        return nil
    }

    /// Arrays with metadata 0.90 and without metadata use no more than 4 TiB of a device.
    private func checkUse(of candidate: Candidate) throws(ManageFailure) {
        guard !array.hasVersion1, candidate.size > SuperblockV0.largestDevice else { return }
        guard context.options.force else { throw .tooLarge(candidate.target.name, array: array.path) }
        tell(.addedAlthoughTooLarge(candidate.target.name, array: array.path))
    }

    private func checkSize(
        _ candidate: Candidate, _ reference: Reference, _ operation: ManageRequest.Operation
    ) throws(ManageFailure) {
        guard operation.action != .addJournal else { return }
        let room = NewMember.room(on: candidate.size, after: reference.superblock) ?? .zero
        guard room >= array.componentSize, room > .zero else { throw .tooSmall(candidate.target.name) }
    }

    // MARK: Coming back

    /// A faulty member that never left the array takes its place again. False where the driver refuses, which it
    /// does of all others and of a member that failed this moment, and where it is no member.
    private mutating func reAddInPlace(_ target: ManageTarget) -> Bool {
        guard let member = array.members().first(where: { $0.device == target.device }),
            member.isFaulty || !context.options.dryRun
        else { return false }
        do throws(StepFailure) { try write("re-add", to: "state", of: member) } catch {
            tell(.notTakenBack(file: file("state", of: member), error.error.errno))
            return false
        }
        // mdadm does not count this as a change.
        if !context.options.dryRun { tell(.reAddedInPlace(target.name, array: array.directory.name)) }
        return true
    }

    /// ADD_NEW_DISK in the old slot, which the kernel grants where a bitmap or the event count says that
    /// the disk can catch up. False where it does not.
    private mutating func reAdd(
        _ candidate: Candidate, _ operation: ManageRequest.Operation, _ reference: MemberSuperblock?
    ) throws(ManageFailure) -> Bool {
        guard let own = candidate.superblock,
            let returning = ReturningMember(own, of: reference, uuid: array.uuid),
            array.isFree(returning.number)
        else { return false }
        let flags = flags(of: operation, before: returning.flags)
        let writes = try rewrites(of: own, flags: flags, on: candidate)
        var executor = borrowingExecutor()
        defer { executor.keep() }
        do throws(StepFailure) {
            if let first = writes.first {
                try withExclusive(candidate.target, first, &executor) { executor throws(StepFailure) in
                    try executor.perform(writes.map { PlannedStep($0) })
                }
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

    /// What a disk's superblock needs before it comes back: other flags, and what `--update=` asks for.
    private func rewrites(
        of own: MemberSuperblock, flags: SuperblockV1.DeviceFlags, on candidate: Candidate
    ) throws(ManageFailure) -> [Step] {
        var after = own
        var writes: [DeviceWrite] = []
        let name = candidate.target.name
        if let word = request.update {
            let update = SuperblockUpdate(plain: word, host: nil)
            var device = SuperblockUpdate.Device(size: candidate.size)
            device.bitmap = candidate.bitmapSize
            do throws(SuperblockUpdate.Refusal) { after = try update.applied(to: own, on: device) } catch {
                guard error == .badBlocksRecorded else { throw .updateBeforeReAdd(name, error) }
                tell(.keepsBadBlocks(array: array.path))
            }
            writes += update.emptyLog(from: own, to: after, on: name)
        }
        if flags != after.deviceFlags { after.deviceFlags = flags }
        if after != own {
            writes.append(
                DeviceWrite(device: name, offset: after.place.bytes, bytes: after.writtenBytes, content: .superblock))
        }
        return writes.map { .write($0) }
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
