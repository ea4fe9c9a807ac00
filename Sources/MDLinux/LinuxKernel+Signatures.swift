internal import CBlkid
internal import Glibc
internal import MDBytes
package import MDKernel

extension LinuxKernel: Signatures {
    package func probe(_ handle: DeviceHandle) throws(SystemCallError) -> [SignatureTag] {
        guard let library = Self.blkid else {
            throw SystemCallError("dlopen", .noEntry, on: "libblkid.so.1")
        }
        // libblkid reads unaligned runs.
        let device = isDirect(handle) ? try reopenedThroughCache(handle) : handle
        // What another host wrote to a shared disk is not in our page cache; what we hold there is dropped.
        _ = posix_fadvise(device.token, 0, 0, POSIX_FADV_DONTNEED)
        return try Probe(library.functions, device).run()
    }

    private struct Library: Sendable {
        let functions: cblkid
    }

    /// Loaded by the first probe.
    private static let blkid: Library? = {
        // SAFETY: what cblkid_open returns is complete and never freed.
        unsafe cblkid_open().map { unsafe Library(functions: $0.pointee) }
    }()

    private func reopenedThroughCache(_ handle: DeviceHandle) throws(SystemCallError) -> DeviceHandle {
        let path = "/proc/self/fd/\(handle.token)"
        return self.handle(try Self.descriptor(path, O_RDONLY | O_CLOEXEC), handle.path)
    }
}

/// One libblkid probe of one device.
private struct Probe {
    let library: cblkid
    let device: DeviceHandle

    init(_ library: cblkid, _ device: DeviceHandle) {
        self.library = library
        self.device = device
    }

    func run() throws(SystemCallError) -> [SignatureTag] {
        // SAFETY: the probe is used by this function alone and freed once, after its last use; the
        // descriptor outlives it.
        guard let probe = unsafe library.new_probe() else {
            throw SystemCallError("blkid_new_probe", .noMemory, on: device.path)
        }
        defer { unsafe library.free_probe(probe) }
        guard unsafe library.probe_set_device(probe, device.token, 0, 0) == 0 else {
            throw LinuxKernel.failure("blkid_probe_set_device", on: device.path)
        }
        let flags =
            BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE
            | BLKID_SUBLKS_VERSION | BLKID_SUBLKS_MAGIC
        _ = unsafe library.probe_enable_superblocks(probe, 1)
        _ = unsafe library.probe_set_superblocks_flags(probe, flags)
        _ = unsafe library.probe_enable_partitions(probe, 1)
        errno = 0
        switch unsafe library.do_safeprobe(probe) {
        case 0: return unsafe tags(of: probe)
        case 1: return []
        case -2: return try unsafe everything(on: probe)
        default: throw failure("blkid_do_safeprobe")
        }
    }

    /// All that was found where several formats claim the device.
    @unsafe private func everything(on probe: blkid_probe) throws(SystemCallError) -> [SignatureTag] {
        var found: [SignatureTag] = []
        // There are fewer formats than this.
        for _ in 0..<256 {
            errno = 0
            // SAFETY: the caller's probe is alive.
            switch unsafe library.do_probe(probe) {
            case 0: found += unsafe tags(of: probe)
            case 1: return found
            default: throw failure("blkid_do_probe")
            }
        }
        return found
    }

    @unsafe private func tags(of probe: blkid_probe) -> [SignatureTag] {
        // SAFETY: name and value belong to the probe and are copied before it is used again.
        let count = unsafe library.probe_numof_values(probe)
        var found: [SignatureTag] = []
        for index in 0..<max(0, count) {
            var name: UnsafePointer<CChar>?
            var data: UnsafePointer<CChar>?
            var length = 0
            guard unsafe library.probe_get_value(probe, index, &name, &data, &length) == 0,
                let name = unsafe name, let data = unsafe data
            else { continue }
            var value = unsafe [UInt8](UnsafeRawBufferPointer(start: data, count: length))
            // Text is counted with its final zero.
            if value.last == 0 { value.removeLast() }
            found.append(SignatureTag(name: unsafe String(cString: name), value: value))
        }
        return found
    }

    private func failure(_ call: String) -> SystemCallError {
        errno == 0
            ? SystemCallError(call, .inputOutput, on: device.path)
            : LinuxKernel.failure(call, on: device.path)
    }
}
