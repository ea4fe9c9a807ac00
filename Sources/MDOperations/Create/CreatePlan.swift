internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// The steps of a creation, in the order that survives a power cut: old superblocks go before new ones
/// come, and the kernel is told last.
enum CreatePlan {
    /// Everything that goes to the members.
    static func writes(_ blueprint: CreateBlueprint, devices: [Int: CreateDevice]) -> [PlannedStep] {
        var steps: [PlannedStep] = []
        for member in blueprint.members {
            let place = member.location.bytes
            for old in devices[member.disk.operand]?.remains ?? [] where old.offset != place {
                steps.append(
                    write(member.path, old.offset, [UInt8](repeating: 0, count: old.count), .erasure))
            }
        }
        for member in blueprint.members {
            steps.append(PlannedStep(.removePartitions(device: member.path)))
            if !member.bitmap.isEmpty {
                steps.append(write(member.path, member.bitmapLocation.bytes, member.bitmap, .bitmap))
            }
            if let log = member.log {
                steps.append(
                    write(member.path, log.location.bytes, log.bytes, member.disk.isJournal ? .journal : .parityLog))
            }
            steps.append(write(member.path, member.location.bytes, member.superblock, .superblock))
        }
        return steps
    }

    private static func write(
        _ path: String, _ offset: ByteCount, _ bytes: [UInt8], _ content: DeviceWrite.Content
    ) -> PlannedStep {
        PlannedStep(.write(DeviceWrite(device: path, offset: offset, bytes: bytes, content: content)))
    }

    /// SET_ARRAY_INFO and ADD_NEW_DISK: the kernel reads the rest from the superblocks.
    static func assembly(
        _ blueprint: CreateBlueprint, array: String, format: CreateFormat,
        devices: [Int: CreateDevice]
    ) -> [PlannedStep] {
        var info = ArrayInfo()
        switch format {
        case .version0: info.minorVersion = 90
        case .version1(let minor):
            info.majorVersion = 1
            info.minorVersion = Int32(minor.rawValue)
        }
        var steps = [PlannedStep(.setArrayInfo(array: array, info))]
        for member in blueprint.members {
            let isActive = member.disk.slot != nil
            let disk = DiskInfo(
                number: Int32(clamping: member.disk.number),
                device: devices[member.disk.operand]?.device ?? .none,
                raidDisk: member.disk.slot.map { Int32(clamping: $0) } ?? -1,
                state: isActive ? [.active, .sync] : member.disk.isJournal ? [.journal] : [])
            // udev may be looking at the device that was just written.
            steps.append(
                PlannedStep(
                    .addDisk(array: array, device: member.path, disk), retrying: [.busy], attempts: 20,
                    pause: Milliseconds(50)))
        }
        return steps
    }

    /// Starts the array. A system with start_ro=1 would leave it auto-read-only and unsynced, so it is made
    /// writable, which raid0 refuses without harm.
    static func start(array: String, kernelName: String, readOnly: Bool) -> [PlannedStep] {
        if readOnly {
            let file = "/sys/block/\(kernelName)/md/array_state"
            return [PlannedStep(.attribute(file: file, value: "readonly"))]
        }
        return [
            PlannedStep(.run(array: array)),
            PlannedStep(
                .makeReadWrite(array: array),
                tolerating: [.invalid, .busy, .noDevice, .readOnly, .inputOutput, .notPermitted]),
        ]
    }
}
