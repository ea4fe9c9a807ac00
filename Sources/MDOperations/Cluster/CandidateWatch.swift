internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// What became of a disk that this node confirmed.
///
/// The driver tells only those who say no: where another node refuses, this one keeps the disk as a spare
/// that no other node knows, which then stands in the way of the next disk. The disk itself tells: with success
/// the initiator's driver writes its superblock, raising the event count from zero; after a failure the
/// initiator takes the announced superblock away.
struct CandidateWatch<K: Kernel> {
    let context: Context<K>
    let array: ManagedArray<K>
    let event: AddDeviceEvent
    let device: DeviceNumber
    let path: String

    enum Verdict {
        case joined
        /// The announced superblock is gone.
        case refused
        /// Neither happened in time.
        case unknown
    }

    private static var interval: Milliseconds { Milliseconds(60) }
    /// The driver's answer "try again": another node has the token.
    private static var removalAttempts: Int { 15 }

    /// Looks at the disk until it tells, or the slowest node must have answered.
    func verdict() -> Verdict {
        guard let handle = try? context.kernel.open(path, [.direct]) else { return .unknown }
        let window = ConfirmWindow.length(timerFrequency: context.kernel.timerFrequency())
        let end = context.kernel.now() + Milliseconds(window.rawValue + 5000)
        while context.kernel.now() < end {
            if let verdict = look(handle) { return verdict }
            context.kernel.pause(Self.interval)
        }
        return .unknown
    }

    private func look(_ handle: DeviceHandle) -> Verdict? {
        let place = Sectors(8)
        let extent = Extent(offset: place.bytes, count: SuperblockV1.areaBytes)
        guard let bytes = try? context.kernel.read(extent, of: handle) else { return nil }
        guard let block = try? SuperblockV1(reading: bytes, at: place), block.deviceUUID == event.uuid else {
            return .refused
        }
        return block.events > 0 ? .joined : nil
    }

    /// Ends auto-read-only, now that the initiator has let go of the token: a node in that state confirms,
    /// but would never carry out the cluster's next removal.
    func makeReadWrite() {
        guard array.directory.attribute("array_state") == "read-auto" else { return }
        var executor = Executor(context)
        executor.lend(array.handle, as: array.path)
        let step = PlannedStep(.makeReadWrite(array: array.path))
        do throws(StepFailure) { try executor.perform(step) } catch {
            // The disk has joined; whoever removes it next is told what is wrong.
        }
    }

    /// HOT_REMOVE_DISK for a disk that the cluster did not take; true where it is no member here any more.
    func withdraw() -> Bool {
        guard let member = array.members().first(where: { $0.device == device }) else { return true }
        guard member.slot == nil else { return false }
        var executor = Executor(context)
        executor.lend(array.handle, as: array.path)
        var step = PlannedStep(
            .hotRemove(array: array.path, device: path, device), tolerating: [.noDevice])
        step.retried = [.busy, .again]
        step.attempts = Self.removalAttempts
        do throws(StepFailure) {
            try executor.perform(step)
            return true
        } catch { return false }
    }
}
