internal import Glibc
package import MDBytes
package import MDKernel

extension LinuxKernel {
    /// The most that one transfer moves: larger runs are cut.
    static let window = 1 << 20
    /// The most that one call may ask for; larger than any metadata area.
    private static let readLimit = 1 << 30

    package func read(_ extent: Extent, of handle: DeviceHandle) throws(SystemCallError) -> [UInt8] {
        try read(extent, of: handle, alignedTo: alignment(of: handle))
    }

    /// What offsets and lengths of transfers must be multiples of, in bytes.
    func alignment(of handle: DeviceHandle) throws(SystemCallError) -> Int {
        isDirect(handle) ? try blockSize(of: handle) : 1
    }

    /// Where a read begins; throws for one that no device can answer.
    static func start(of extent: Extent, on handle: DeviceHandle) throws(SystemCallError) -> Int {
        guard let start = Int(exactly: extent.offset.rawValue),
            (0...readLimit).contains(extent.count), start <= Int.max - readLimit * 2
        else { throw SystemCallError("pread", .invalid, on: handle.path) }
        return start
    }

    /// Reads whole blocks of `unit` bytes and returns the run asked for.
    func read(_ extent: Extent, of handle: DeviceHandle, alignedTo unit: Int)
        throws(SystemCallError) -> [UInt8]
    {
        let start = try Self.start(of: extent, on: handle)
        guard extent.count > 0 else { return [] }
        let window = AlignedBuffer(
            count: min(Self.window, Self.rounded(extent.count, up: unit) + unit))
        var result: [UInt8] = []
        result.reserveCapacity(min(extent.count, Self.window))
        var position = start
        let end = start + extent.count
        while position < end {
            let base = position / unit * unit
            let wanted = min(window.count, Self.rounded(end - base, up: unit))
            let got = try transfer(window, count: wanted, at: base, of: handle)
            let usable = min(base + got, end) - position
            guard usable > 0 else { break }
            window.append(from: position - base, count: usable, to: &result)
            position += usable
            // Short where the device ends: there is no more to ask for.
            if got < wanted { break }
        }
        return result
    }

    package func write(_ bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle)
        throws(SystemCallError)
    {
        try write(bytes, at: offset, of: handle, alignedTo: try alignment(of: handle))
    }

    /// Writes whole blocks of `unit` bytes; what they hold beside `bytes` stays as it is.
    func write(
        _ bytes: [UInt8], at offset: ByteCount, of handle: DeviceHandle, alignedTo unit: Int
    ) throws(SystemCallError) {
        guard let start = Int(exactly: offset.rawValue), start <= Int.max - Self.readLimit * 2,
            bytes.count <= Self.readLimit
        else { throw SystemCallError("pwrite", .invalid, on: handle.path) }
        guard !bytes.isEmpty else { return }
        let window = AlignedBuffer(
            count: min(Self.window, Self.rounded(bytes.count, up: unit) + unit))
        var done = 0
        while done < bytes.count {
            let position = start + done
            let base = position / unit * unit
            let lead = position - base
            let part = min(bytes.count - done, window.count - lead)
            let span = Self.rounded(lead + part, up: unit)
            try fillEdges(window, base: base, lead: lead, part: part, span: span, of: handle)
            window.copy(bytes[done..<done + part], to: lead)
            try writeAll(window, count: span, at: base, of: handle)
            done += part
        }
    }

    /// Reads the first and last block of a write that does not cover them, so that what surrounds the
    /// written bytes stays as it is.
    private func fillEdges(
        _ window: AlignedBuffer, base: Int, lead: Int, part: Int, span: Int, of handle: DeviceHandle
    ) throws(SystemCallError) {
        guard lead > 0 || lead + part < span else { return }
        // Writes that are not aligned are small; reading the whole run costs no more than two reads.
        let got = try transfer(window, count: span, at: base, of: handle)
        guard got == span else { throw SystemCallError("pwrite", .noSpace, on: handle.path) }
    }

    /// Fills `window` from `offset`; returns less than `count` only where the device ends.
    private func transfer(
        _ window: AlignedBuffer, count: Int, at offset: Int, of handle: DeviceHandle
    ) throws(SystemCallError) -> Int {
        var done = 0
        while done < count {
            let got = try Self.call("pread", on: handle.path) {
                // SAFETY: the run done..<count lies inside the window, which outlives the call.
                unsafe pread(handle.token, window.base + done, count - done, off_t(offset + done))
            }
            guard got > 0 else { break }
            done += got
        }
        return done
    }

    private func writeAll(
        _ window: AlignedBuffer, count: Int, at offset: Int, of handle: DeviceHandle
    ) throws(SystemCallError) {
        var done = 0
        while done < count {
            let put = try Self.call("pwrite", on: handle.path) {
                // SAFETY: the run done..<count lies inside the window, which outlives the call.
                unsafe pwrite(handle.token, window.base + done, count - done, off_t(offset + done))
            }
            guard put > 0 else { throw SystemCallError("pwrite", .noSpace, on: handle.path) }
            done += put
        }
    }

    static func rounded(_ value: Int, up unit: Int) -> Int {
        (value + unit - 1) / unit * unit
    }
}

/// Memory at a page boundary, as O_DIRECT wants it. It is not cleared: only what the kernel or `copy` put there may
/// be taken out or written.
@safe final class AlignedBuffer {
    static let alignment = 4096
    let count: Int
    // SAFETY: owned by this object alone and freed with it.
    let base: UnsafeMutableRawPointer

    init(count: Int) {
        self.count = count
        // SAFETY: `count` bytes at a page boundary; see above for who may read them.
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: Self.alignment)
    }

    /// Has the kernel find all its pages now, in one call, and not one by one when requests are on their way.
    func populate() {
        // SAFETY: the pages are this object's own. Kernels before 5.14 refuse, which costs time only.
        _ = unsafe madvise(base, count, CInt(MADV_POPULATE_WRITE))
    }

    // SAFETY: `base` came from `allocate` and nothing outlives its owner.
    deinit { unsafe base.deallocate() }

    /// Appends a run of the buffer to `bytes`.
    func append(from start: Int, count length: Int, to bytes: inout [UInt8]) {
        precondition(start >= 0 && length >= 0 && start + length <= count)
        // SAFETY: the run lies inside the buffer, as just checked, and is copied at once.
        unsafe bytes.append(
            contentsOf: UnsafeRawBufferPointer(start: base + start, count: length))
    }

    /// Copies `bytes` into the buffer.
    func copy(_ bytes: ArraySlice<UInt8>, to start: Int) {
        precondition(start >= 0 && start + bytes.count <= count)
        // SAFETY: the target lies inside the buffer, as just checked, and the two do not overlap.
        unsafe UnsafeMutableRawBufferPointer(start: base + start, count: bytes.count)
            .copyBytes(from: bytes)
    }
}
