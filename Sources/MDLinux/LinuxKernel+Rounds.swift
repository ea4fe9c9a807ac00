internal import CLinux
internal import Glibc
internal import MDBytes
package import MDKernel

extension LinuxKernel {
    /// Through one ring where the kernel has them; otherwise in threads.
    package func readAll(_ reads: [DeviceRead]) -> [Result<[UInt8], SystemCallError>] {
        if reads.count > 1, var round = ReadRound(limit: reads.count) {
            return round.run(reads, kernel: self)
        }
        return readInThreads(reads)
    }

    /// In a thread for each device, or for each read where there is but one device.
    func readInThreads(_ reads: [DeviceRead]) -> [Result<[UInt8], SystemCallError>] {
        var devices: [[DeviceRead]] = []
        let isOneDevice = reads.allSatisfy { $0.handle === reads[0].handle }
        for read in reads {
            if !isOneDevice, let last = devices.last?.last, last.handle === read.handle {
                devices[devices.count - 1].append(read)
            } else {
                devices.append([read])
            }
        }
        return concurrently(devices) { reads in reads.map(answer) }.flatMap { $0 }
    }

    /// The whole blocks that cover a read.
    fileprivate func slot(for read: DeviceRead, alignedTo unit: Int) throws(SystemCallError) -> ReadRound.Slot {
        let start = try Self.start(of: read.extent, on: read.handle)
        let base = start / unit * unit
        let count = Self.rounded(start + read.extent.count - base, up: unit)
        return ReadRound.Slot(base: base, count: count, lead: start - base)
    }

    /// What came of the request with this answer. What failed or came back short is read by itself: the device need
    /// not end there, and kernels before 5.6 have rings that cannot read.
    fileprivate func conclude(_ read: DeviceRead, _ slot: ReadRound.Slot, in memory: AlignedBuffer, _ answer: Int32)
        -> Result<[UInt8], SystemCallError>
    {
        guard Int(answer) == slot.count else { return self.answer(to: read) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(read.extent.count)
        memory.append(from: slot.place + slot.lead, count: read.extent.count, to: &bytes)
        return .success(bytes)
    }
}

/// A ring (io_uring(7)) for one round of reads, which ends it.
@safe struct ReadRound: ~Copyable {
    // SAFETY: opened and closed here alone; nobody else has its pointers.
    private var ring: clinux_ring

    /// A read under way: where on the device, and where in the memory of the round.
    struct Slot {
        let base: Int
        let count: Int
        /// Where in it the bytes asked for begin.
        let lead: Int
        /// Its own pages of the round's memory.
        var place = 0
    }

    init?(limit: Int) {
        // SAFETY: a struct of C, all zeros before it is opened.
        unsafe ring = clinux_ring()
        guard unsafe clinux_ring_open(&ring, UInt32(clamping: limit)) != 0 else { return nil }
    }

    deinit {
        // SAFETY: open since `init`; a copy, for it is not used again.
        var ring = unsafe ring
        unsafe clinux_ring_close(&ring)
    }

    mutating func run(_ reads: [DeviceRead], kernel: LinuxKernel) -> [Result<[UInt8], SystemCallError>] {
        var results: [Result<[UInt8], SystemCallError>?] = Array(repeating: nil, count: reads.count)
        var slots: [Slot?] = Array(repeating: nil, count: reads.count)
        var end = 0
        // Reads of a device follow each other: it is asked once.
        var (asked, unit): (DeviceHandle?, Int) = (nil, 1)
        // What is long is read by itself, piece by piece.
        let lengths = 1...LinuxKernel.window
        for (index, read) in reads.enumerated() where lengths.contains(read.extent.count) {
            do throws(SystemCallError) {
                if asked !== read.handle { (asked, unit) = (read.handle, try kernel.alignment(of: read.handle)) }
                var slot = try kernel.slot(for: read, alignedTo: unit)
                slot.place = end
                slots[index] = slot
                end = LinuxKernel.rounded(end + slot.count, up: AlignedBuffer.alignment)
            } catch { results[index] = .failure(error) }
        }
        let memory = AlignedBuffer(count: end)
        memory.populate()
        var waiting = slots.indices.filter { slots[$0] != nil }[...]
        let turn = UrgentTurn(isWorthIt: waiting.count > 8)
        defer { turn.end() }
        // SAFETY: a number that `init` set.
        let depth = unsafe Int(ring.entries)
        while !waiting.isEmpty {
            let batch = waiting.prefix(depth)
            waiting = waiting.dropFirst(batch.count)
            for index in batch {
                guard let slot = slots[index] else { continue }
                // SAFETY: the run of the slot lies inside the memory, which lives until `exchange` has all answers.
                unsafe clinux_ring_read(
                    &ring, reads[index].handle.token, memory.base + slot.place, UInt32(slot.count), UInt64(slot.base),
                    UInt64(index))
            }
            let isUsable = exchange(batch.count, kernel) { index, answer in
                guard let slot = slots[index] else { return }
                results[index] = kernel.conclude(reads[index], slot, in: memory, answer)
            }
            if !isUsable { break }
        }
        withExtendedLifetime(memory) {}
        // What the ring did not take or was not asked.
        return results.enumerated().map { index, result in result ?? kernel.answer(to: reads[index]) }
    }

    /// Hands over what was queued and waits for all answers: until they came, the kernel writes into the memory. False
    /// where the kernel takes nothing from us.
    private mutating func exchange(_ count: Int, _ kernel: LinuxKernel, _ body: (Int, Int32) -> Void) -> Bool {
        var (queued, open) = (count, count)
        while open > 0 {
            // SAFETY: the ring is open; its queues are the kernel's and ours alone, here and below.
            let taken = unsafe clinux_ring_enter(&ring, UInt32(queued), UInt32(open))
            let isPassing = taken >= 0 || [EINTR, EAGAIN, EBUSY].contains(errno)
            if taken > 0 { queued -= Int(taken) }
            var (tag, answer): (UInt64, Int32) = (0, 0)
            while unsafe clinux_ring_take(&ring, &tag, &answer) != 0 {
                body(Int(clamping: tag), answer)
                open -= 1
            }
            // Nothing is on its way.
            if !isPassing, queued == open { return false }
            if taken < 0, open > 0 { kernel.pause(Milliseconds(1)) }
        }
        return true
    }
}

/// Puts the calling thread before all others while it hands over many reads. Threads of the kernel that answer the
/// first would else take the processor away before the last is on its way: with 64 disks behind dm-delay, for longer
/// than the disks take. Where that is not allowed, or somebody has chosen another policy, all stays as it is.
private struct UrgentTurn {
    private let isOn: Bool

    init(isWorthIt: Bool) {
        isOn = isWorthIt && sched_getscheduler(0) == SCHED_OTHER && Self.choose(SCHED_FIFO, priority: 1)
    }

    func end() {
        if isOn { _ = Self.choose(SCHED_OTHER, priority: 0) }
    }

    private static func choose(_ policy: Int32, priority: Int32) -> Bool {
        var parameter = sched_param(sched_priority: priority)
        // SAFETY: a whole struct, lent for the call only.
        return unsafe sched_setscheduler(0, policy, &parameter) == 0
    }
}
