internal import CLinux
internal import Glibc
internal import MDBytes
package import MDKernel

extension LinuxKernel {
    /// Above this many reads Linux's asynchronous I/O costs less than threads do: each of those takes a while to make,
    /// while the end of a round waits once for all processors (RCU).
    private static let threadsPay = 64

    package func readAll(_ reads: [DeviceRead]) -> [Result<[UInt8], SystemCallError>] {
        if reads.count > Self.threadsPay, let round = ReadRound(limit: reads.count) {
            return round.run(reads, kernel: self)
        }
        // A thread for each device, or for each read where there is but one device.
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

    /// The whole blocks that cover a read, and memory for them.
    fileprivate func slot(for read: DeviceRead) throws(SystemCallError) -> ReadRound.Slot {
        let unit = try alignment(of: read.handle)
        let start = try Self.start(of: read.extent, on: read.handle)
        let base = start / unit * unit
        let buffer = AlignedBuffer(count: Self.rounded(start + read.extent.count - base, up: unit))
        return ReadRound.Slot(buffer: buffer, base: base, lead: start - base)
    }

    /// What came of the request with this answer. A read that came back short is done again, by itself, for it need
    /// not be the device's end.
    fileprivate func conclude(_ read: DeviceRead, _ slot: ReadRound.Slot, _ answer: Int64)
        -> Result<[UInt8], SystemCallError>
    {
        if answer < 0 {
            let errno = Errno(rawValue: Int32(truncatingIfNeeded: -answer))
            return errno == .interrupted || errno == .again
                ? self.answer(to: read) : .failure(SystemCallError("pread", errno, on: read.handle.path))
        }
        guard answer == Int64(slot.buffer.count) else { return self.answer(to: read) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(read.extent.count)
        slot.buffer.append(from: slot.lead, count: read.extent.count, to: &bytes)
        return .success(bytes)
    }
}

/// A context of asynchronous I/O for one round of reads, which ends it.
private struct ReadRound {
    private let context: aio_context_t

    /// Memory of a read under way.
    struct Slot {
        let buffer: AlignedBuffer
        let base: Int
        /// Where in the buffer the bytes asked for begin.
        let lead: Int
    }

    init?(limit: Int) {
        var made: aio_context_t = 0
        // SAFETY: the kernel stores one word, which `made` is.
        guard unsafe clinux_io_setup(UInt32(clamping: limit), &made) == 0 else { return nil }
        context = made
    }

    func run(_ reads: [DeviceRead], kernel: LinuxKernel) -> [Result<[UInt8], SystemCallError>] {
        var results: [Result<[UInt8], SystemCallError>?] = Array(repeating: nil, count: reads.count)
        var slots: [Int: Slot] = [:]
        var requests: [iocb] = []
        for (index, read) in reads.enumerated() where read.extent.count != 0 {
            do throws(SystemCallError) {
                let slot = try kernel.slot(for: read)
                slots[index] = slot
                requests.append(Self.request(read, slot, index))
            } catch { results[index] = .failure(error) }
        }
        for index in submit(requests) { slots[index] = nil }
        while !slots.isEmpty {
            let answers = wait(atMost: slots.count)
            if answers.isEmpty { break }
            for answer in answers {
                let index = Int(clamping: answer.data)
                guard let slot = slots.removeValue(forKey: index) else { continue }
                results[index] = kernel.conclude(reads[index], slot, answer.res)
            }
        }
        // Waits for whatever is still under way: until then its memory must stay.
        _ = clinux_io_destroy(context)
        withExtendedLifetime(slots) {}
        // What was not or could not be submitted is read by itself.
        return results.enumerated().map { index, result in result ?? kernel.answer(to: reads[index]) }
    }

    private static func request(_ read: DeviceRead, _ slot: Slot, _ index: Int) -> iocb {
        var request = iocb()
        request.aio_data = UInt64(index)
        request.aio_lio_opcode = UInt16(IOCB_CMD_PREAD)
        request.aio_fildes = UInt32(bitPattern: read.handle.token)
        // SAFETY: the buffer is `aio_nbytes` long and lives until its answer came or the context is destroyed.
        unsafe request.aio_buf = UInt64(UInt(bitPattern: slot.buffer.base))
        request.aio_nbytes = UInt64(slot.buffer.count)
        request.aio_offset = Int64(slot.base)
        return request
    }

    /// Submits requests, many in a call; the result is which of them the kernel did not take.
    private func submit(_ requests: [iocb]) -> [Int] {
        var requests = requests
        var refused: [Int] = []
        var done = 0
        while done < requests.count {
            let rest = requests.count - done
            // SAFETY: the kernel copies the requests during the call, at most `rest` from `done` on.
            let taken = unsafe requests.withUnsafeMutableBufferPointer { all in
                unsafe all.baseAddress.map { unsafe clinux_io_submit(context, $0 + done, rest) } ?? 0
            }
            if taken > 0 {
                done += Int(taken)
            } else {
                refused.append(Int(clamping: requests[done].aio_data))
                done += 1
            }
        }
        return refused
    }

    /// At least one answer; none where waiting is not possible.
    private func wait(atMost count: Int) -> [io_event] {
        var events = Array(repeating: io_event(), count: count)
        while true {
            // SAFETY: the kernel fills at most `count` events, which is how many there are.
            let got = unsafe clinux_io_getevents(context, count, &events)
            if got < 0, errno == EINTR { continue }
            return Array(events.prefix(max(0, Int(got))))
        }
    }
}
