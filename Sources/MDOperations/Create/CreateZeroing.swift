internal import MDBytes
internal import MDKernel
internal import MDModel

/// `--write-zeroes`: fills the data areas of the members-to-be, all at once, before anything else is changed. Where
/// it is broken off, the devices have lost data, but nothing of an array was made.
struct CreateZeroing<K: Kernel> {
    let creator: Creator<K>
    let survey: CreateSurvey<K>
    let blueprint: CreateBlueprint

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
        var fills = kernel.concurrently(jobs) { Fill($0, kernel) }
        advance(&fills, kernel)
        let failures = fills.compactMap { fill in fill.failure.map { (fill.job.path, $0) } }
        for (path, errno) in failures { creator.tell(.notZeroed(path, errno)) }
        guard failures.isEmpty else { throw .failed }
        creator.tell(.zeroed)
    }

    /// In rounds, between which it is told how far all are and the process can be stopped; none goes on where one has
    /// failed.
    private func advance(_ fills: inout [Fill], _ kernel: K) {
        let total = fills.reduce(0) { $0 + $1.job.count }
        var pace = Pace(total: total, at: kernel.now())
        while fills.allSatisfy({ $0.failure == nil }), !fills.allSatisfy(\.isDone) {
            fills = kernel.concurrently(fills) { [stride = pace.stride] in $0.advanced(by: stride, kernel) }
            let progress = pace.round(done: fills.reduce(0) { $0 + $1.done }, at: kernel.now())
            if let progress { creator.tell(.zeroProgress(progress)) }
        }
        if pace.isTold { creator.tell(.zeroProgress(nil)) }
    }

    /// How much a call of the kernel's may take: what takes it about a second, on the fastest devices a GiB.
    private struct Pace {
        let total: UInt64
        let began: Instant
        var lastRound: Instant
        var lastTold: Instant
        var stride: UInt64 = 64 << 20

        init(total: UInt64, at now: Instant) {
            self.total = total
            (began, lastRound, lastTold) = (now, now, now)
        }

        var isTold: Bool { lastTold != began }

        /// What there is to tell after a round: nothing in the first second, then something four times a second.
        mutating func round(done: UInt64, at now: Instant) -> ZeroProgress? {
            let took = now.since(lastRound)
            lastRound = now
            if took < Milliseconds(250), stride < 1 << 30 { stride *= 2 }
            if took > .seconds(1), stride > 1 << 20 { stride /= 2 }
            let elapsed = now.since(began)
            guard elapsed >= .seconds(1), now.since(lastTold) >= Milliseconds(250) else { return nil }
            lastTold = now
            return ZeroProgress(done: ByteCount(done), total: ByteCount(total), elapsed: elapsed)
        }
    }

    /// How far one device is.
    private struct Fill: Sendable {
        let job: Job
        private var handle: DeviceHandle?
        private(set) var done: UInt64 = 0
        private(set) var failure: Errno?

        var isDone: Bool { done == job.count }

        init(_ job: Job, _ kernel: K) {
            self.job = job
            do throws(SystemCallError) { handle = try kernel.open(device: job.device, [.write, .direct]) } catch {
                failure = error.errno
            }
        }

        func advanced(by stride: UInt64, _ kernel: K) -> Fill {
            guard let handle, !isDone else { return self }
            var fill = self
            let count = min(stride, job.count - done)
            do throws(SystemCallError) {
                try kernel.zero(offset: ByteCount(job.offset + done), count: ByteCount(count), of: handle)
                fill.done += count
                if fill.isDone { try kernel.synchronize(handle) }
            } catch { fill.failure = error.errno }
            return fill
        }
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
}
