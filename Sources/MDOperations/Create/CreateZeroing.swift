internal import MDBytes
internal import MDKernel
internal import MDModel

/// `--write-zeroes`: fills the data areas of the members-to-be, all at once, before anything else is changed. Where
/// it is broken off, the devices have lost data, but nothing of an array was made.
struct CreateZeroing<K: Kernel> {
    let creator: Creator<K>
    let survey: CreateSurvey<K>
    let blueprint: CreateBlueprint

    /// How much a call of the kernel's may take; between two calls the process can be stopped.
    private static var stride: UInt64 { 1 << 30 }

    private struct Job: Sendable {
        let path: String
        let device: DeviceNumber
        let offset: UInt64
        let count: UInt64
    }

    func run() throws(CreateEnded) {
        let jobs = jobs
        for job in jobs { creator.tell(.zeroing(job.path, from: ByteCount(job.offset), count: ByteCount(job.count))) }
        guard !creator.context.options.dryRun else { return }
        let kernel = creator.context.kernel
        let failures = kernel.concurrently(jobs) { job -> (String, Errno)? in
            do throws(SystemCallError) {
                try Self.fill(job, kernel)
                return nil
            } catch { return (job.path, error.errno) }
        }.compactMap { $0 }
        for (path, errno) in failures { creator.tell(.notZeroed(path, errno)) }
        guard failures.isEmpty else { throw .failed }
        creator.tell(.zeroed)
    }

    /// A journal holds no data of the array's.
    private var jobs: [Job] {
        let members = blueprint.members.filter { !$0.disk.isJournal }.sorted { $0.disk.operand < $1.disk.operand }
        return members.compactMap { member in
            guard let device = survey.devices[member.disk.operand] else { return nil }
            let offset = survey.dataOffset(of: device)
            let whole = survey.shape.usable(deviceSize: device.size, dataOffset: offset) ?? .zero
            let size = survey.shape.hasNoComponentSize ? whole : survey.outcome.componentSize
            return Job(
                path: member.path, device: device.device, offset: offset.bytes.rawValue, count: size.bytes.rawValue)
        }
    }

    private static func fill(_ job: Job, _ kernel: K) throws(SystemCallError) {
        let handle = try kernel.open(device: job.device, [.write, .direct])
        var done: UInt64 = 0
        while done < job.count {
            let count = min(stride, job.count - done)
            try kernel.zero(offset: ByteCount(job.offset + done), count: ByteCount(count), of: handle)
            done += count
        }
        try kernel.synchronize(handle)
    }
}
