internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

extension ManageVerb {
    /// Writes fresh metadata to the disk and hands it to the driver. Where that fails, what was on the disk
    /// before comes back.
    mutating func addNew(
        _ candidate: Candidate, _ operation: ManageRequest.Operation, _ reference: Reference
    ) throws(ManageFailure) {
        let name = candidate.target.name
        guard let number = array.freeNumber() else { throw .noNumber(array: array.path) }
        let isJournal = operation.action == .addJournal
        let flags = flags(of: operation)
        var newDisk = NewMember.Disk(
            device: candidate.device, size: candidate.size, number: number, flags: flags)
        newDisk.isJournal = isJournal
        guard
            let fresh = NewMember(
                after: reference.superblock, newDisk, uuid: UUID(bytes: kernel.randomBytes(16)))
        else { throw .tooSmall(name) }
        var executor = borrowingExecutor()
        let writes = writes(of: fresh, to: candidate, reference)
        do throws(StepFailure) {
            try withExclusive(candidate.target, .removePartitions(device: name), &executor) {
                executor throws(StepFailure) in
                try executor.perform([PlannedStep(.removePartitions(device: name))] + writes)
            }
        } catch {
            executor.undo()
            throw .prepare(name, error)
        }
        var disk = DiskInfo(
            number: Int32(number), device: candidate.device, raidDisk: -1, state: state(of: flags))
        if isJournal {
            // What the driver makes of a journal's superblock, and what it takes on a read-only array.
            disk.state.formUnion([.journal, .sync])
            disk.raidDisk = 0
        }
        try hand(disk, candidate.target, &executor)
        if isJournal { try startWithJournal() }
    }

    private mutating func startWithJournal() throws(ManageFailure) {
        if !context.options.dryRun { tell(.journalAdded(array: array.path)) }
        var executor = borrowingExecutor()
        let step = PlannedStep(.makeReadWrite(array: array.path))
        do throws(StepFailure) { try executor.perform(step) } catch {
            throw .journalNotStarted(array.path, error.error.errno)
        }
    }

    private func hand(
        _ disk: DiskInfo, _ target: ManageTarget, _ executor: inout Executor<K>
    ) throws(ManageFailure) {
        let number = Int(disk.number)
        do throws(ManageFailure) {
            if array.isClustered {
                try addToCluster(disk, target, &executor)
            } else {
                do throws(StepFailure) {
                    try executor.perform(
                        PlannedStep(.addDisk(array: array.path, device: target.name, disk)))
                } catch {
                    if disk.state.contains(.journal) { throw .addJournal(target.name, array: array.path) }
                    throw .add(target.name, number: number, error.error.errno)
                }
            }
            executor.keep()
        } catch {
            takeBack(target, &executor)
            if case .addToCluster(_, _, .noEntry, _) = error { letOthersWithdraw() }
            throw error
        }
    }

    /// The driver lets go of a refused disk a moment after it answered.
    private func takeBack(_ target: ManageTarget, _ executor: inout Executor<K>) {
        for _ in 0..<20 {
            if let handle = try? openExclusively(target, [.write]) {
                executor.lend(handle, as: target.name)
                break
            }
            kernel.pause(Milliseconds(50))
        }
        executor.undo()
        executor.giveBack(target.name)
    }

    /// The old superblocks, wherever they are, give way to the new one and its bitmaps.
    private func writes(
        of fresh: NewMember, to candidate: Candidate, _ reference: Reference
    ) -> [PlannedStep] {
        let name = candidate.target.name
        let block = fresh.superblock
        var steps: [PlannedStep] = []
        for old in candidate.superblocks where old.place != block.place {
            let zeros = [UInt8](repeating: 0, count: old.areaBytes)
            steps.append(write(zeros, at: old.place, of: name, .erasure))
        }
        if let log = emptyJournal(block, name) { steps.append(log) }
        steps.append(write(block.writtenBytes, at: block.place, of: name, .superblock))
        if let place = block.bitmapPlace { steps += bitmapWrites(of: block, at: place, to: name, reference) }
        return steps
    }

    /// What the driver would otherwise take for the array's journal: an older one, which it would replay.
    private func emptyJournal(_ block: MemberSuperblock, _ name: String) -> PlannedStep? {
        guard let own = block.version1, block.ownRole == .journal else { return nil }
        let first = kernel.randomBytes(4)[Field<UInt32>(at: 0)]
        let bytes = WriteJournal.emptyBlock(of: own.arrayUUID, first: first)
        return write(bytes, at: own.dataOffset, of: name, .journal)
    }

    /// The bitmaps of the new disk: all bits set, for nothing on it is in sync yet. A clustered array keeps
    /// one for each node; all but the first are empty.
    private func bitmapWrites(
        of block: MemberSuperblock, at place: Sectors, to name: String, _ reference: Reference
    ) -> [PlannedStep] {
        guard
            let header = try? reference.member.bitmapHeader(of: reference.superblock, kernel: kernel),
            header.hasMagic,
            let bits = header.bitCount,
            let first = NewMember.bitmapArea(header: header, of: block, filled: true)
        else { return [] }
        var steps = [write(first, at: place, of: name, .bitmap)]
        let nodes = min(header.nodes, 64)
        guard nodes > 1, let empty = NewMember.bitmapArea(header: header, of: block, filled: false) else {
            return steps
        }
        let stride = Sectors(BitmapSuperblock.areaBytes(bits: bits) / 512)
        for node in 1..<UInt64(nodes) {
            guard let next = place.adding(Sectors(stride.rawValue * node)) else { break }
            steps.append(write(empty, at: next, of: name, .bitmap))
        }
        return steps
    }

    private func write(
        _ bytes: [UInt8], at place: Sectors, of name: String, _ content: DeviceWrite.Content
    ) -> PlannedStep {
        PlannedStep(
            .write(DeviceWrite(device: name, offset: place.bytes, bytes: bytes, content: content)))
    }
}
