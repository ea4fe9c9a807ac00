internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// A node's answer to a peer that adds a disk. Never writes to the disk: it belongs to the whole cluster,
/// and an answer that comes too late must not hurt it.
struct Confirmation<K: Kernel> {
    let context: Context<K>
    let array: ManagedArray<K>

    init(_ context: Context<K>, array: ManagedArray<K>) throws(ConfirmFailure) {
        guard array.isClustered else { throw .notClustered(array.path) }
        self.context = context
        self.array = array
    }

    /// States in which a "no" hangs in the driver, and the whole cluster behind it, or is refused.
    var unwritableState: String? {
        guard let state = array.directory.attribute("array_state") else { return nil }
        return ["read-auto", "readonly"].contains(state) ? state : nil
    }

    /// What is wrong with the disk; nil where it is the one that was announced.
    func fault(
        of handle: DeviceHandle, _ check: CandidateCheck
    ) throws(SystemCallError) -> CandidateCheck.Fault? {
        // Clustered arrays have metadata 1.2 only.
        let place = Sectors(8)
        let extent = Extent(offset: place.bytes, count: SuperblockV1.areaBytes)
        let bytes = try context.kernel.read(extent, of: handle)
        guard let block = try? SuperblockV1(reading: bytes, at: place), block.isChecksumCorrect else {
            return .otherDisk
        }
        do throws(CandidateCheck.Fault) {
            try check.judge(
                arrayUUID: block.arrayUUID, deviceUUID: block.deviceUUID,
                number: Int(block.deviceNumber), dataSize: block.dataSize)
            return nil
        } catch { return error }
    }

    /// ADD_NEW_DISK with MD_DISK_CANDIDATE.
    ///
    /// MD_DISK_SYNC with slot -1 is true of every spare and changes nothing, except that the driver takes it
    /// on arrays that are (auto-)read-only. Without it the driver would make the array read-write first, which
    /// needs the token that the initiator holds: both would wait for each other.
    ///
    /// Where the driver cannot take the disk, it says so to nobody: then we do, or the whole cluster would
    /// wait for its timeout.
    func confirm(_ device: DeviceNumber, _ path: String, number: Int) throws(ConfirmFailure) {
        let disk = DiskInfo(number: Int32(number), device: device, raidDisk: -1, state: [.candidate, .sync])
        do throws(StepFailure) {
            try perform(.addDisk(array: array.path, device: path, disk))
        } catch {
            let errno = error.error.errno
            guard errno != .invalid else { throw .nobodyWaits(array.path, device: path) }
            try nack()
            throw .driver(array.path, device: path, errno)
        }
    }

    /// CLUSTERED_DISK_NACK
    func nack() throws(ConfirmFailure) {
        do throws(StepFailure) { try perform(.nack(array: array.path)) } catch {
            throw .driver(array.path, device: "", error.error.errno)
        }
    }

    private func perform(_ step: Step) throws(StepFailure) {
        var executor = Executor(context)
        executor.lend(array.handle, as: array.path)
        try executor.perform(PlannedStep(step))
    }
}

extension ManageVerb {
    /// `--cluster-confirm N:DEV`, mdadm's spelling of `--candidate`, and `N:missing`.
    func confirm(_ operation: ManageRequest.Operation) throws(ManageFailure) {
        guard let operand = ConfirmOperand(operation.device.path) else { throw .badConfirmation }
        do throws(ConfirmFailure) {
            let answer = try Confirmation(context, array: array)
            guard let path = operand.device else { return try answer.nack() }
            try confirm(path, operand.number, answer)
        } catch { throw .confirm(error) }
    }

    private func confirm(
        _ path: String, _ number: Int, _ answer: Confirmation<K>
    ) throws(ConfirmFailure) {
        let device: DeviceNumber
        do throws(SystemCallError) {
            let handle = try kernel.open(path, [.direct])
            device = try kernel.status(of: handle).device
            if let reason = try refusal(handle, path, number, answer) {
                context.listener.tell(.cluster(.refused(array: array.path, reason)))
                try? answer.nack()
                throw SystemCallError("confirm", .invalid, on: path)
            }
        } catch { throw .device(path, error.errno) }
        try answer.confirm(device, path, number: number)
    }

    /// mdadm names the disk, so its own uuid is the one that was announced.
    private func refusal(
        _ handle: DeviceHandle, _ path: String, _ number: Int, _ answer: Confirmation<K>
    ) throws(SystemCallError) -> RefusalReason? {
        let member = try MemberReader.read(
            handle, path: path, device: kernel.status(of: handle).device, kernel: kernel)
        guard let block = member.superblock else { return .unsuitable(path, .otherDisk) }
        let check = CandidateCheck(
            array: array.uuid ?? block.arrayUUID,
            event: AddDeviceEvent(uuid: block.deviceUUID, number: number),
            componentSize: array.componentSize)
        return try answer.fault(of: handle, check).map { .unsuitable(path, $0) }
    }
}
