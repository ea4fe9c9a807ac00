internal import MDBytes
internal import MDKernel
internal import MDModel

/// Keeps what the writes of one command overwrite. An entry appears in the archive before the first byte that
/// somebody may miss is overwritten; blank disks make none.
struct Archivist<K: Kernel> {
    private let context: Context<K>
    private var entry: ArchiveEntry?
    private var name: String?
    private var devices: [String: ArchivedDevice] = [:]
    private var size = 0
    private var isTold = false

    init(_ context: Context<K>) { self.context = context }

    /// A write that is about to happen, the open device, and the bytes there now.
    struct Coming {
        let write: DeviceWrite
        let handle: DeviceHandle
        let before: [UInt8]
    }

    /// Keeps what lies in the places of writes. Where that is not possible the command goes on, as it would without
    /// an archive; it is said once, if something is lost by it.
    mutating func keep(_ coming: [Coming]) {
        let kernel = context.kernel
        // Data and the superblocks that tell of them are of no use without each other.
        let total = coming.reduce(size) { $0 + $1.before.count }
        if total > ArchiveEntry.largest, coming.contains(where: { $0.write.content == .copies }) { return }
        var entry = entry ?? ArchiveEntry(
            time: UInt64(clamping: kernel.wallTime().seconds), command: context.command, areas: [])
        for one in coming where size + one.before.count <= ArchiveEntry.largest {
            size += one.before.count
            entry.areas.append(
                ArchivedArea(
                    device: device(one), offset: one.write.offset, content: one.write.content,
                    before: one.before, by: one.write.bytes))
        }
        self.entry = entry
        guard entry.isWorthKeeping else { return }
        let archive = Archive(kernel: kernel)
        let name = name ?? archive.newName(at: entry.time)
        do throws(SystemCallError) {
            let size = try archive.save(entry, as: name)
            self.name = name
            archive.prune(newest: size)
        } catch {
            if !isTold { context.listener.tell(.archive(.notKept(error))) }
            isTold = true
        }
    }

    /// Drops the entry: everything was taken back.
    mutating func discard() {
        if let name { Archive(kernel: context.kernel).remove(name) }
        name = nil
        entry = nil
        size = 0
    }

    private mutating func device(_ coming: Coming) -> ArchivedDevice {
        let path = coming.write.device
        if let known = devices[path] { return known }
        let kernel = context.kernel
        let number = (try? kernel.status(of: coming.handle))?.device
        let directory = number.flatMap { BlockDirectory(of: $0, kernel: kernel) }
        let device = ArchivedDevice(
            path: path, size: (try? kernel.size(of: coming.handle)) ?? .zero,
            identity: directory.flatMap { DiskIdentity(of: $0.name, kernel: kernel) }?.text ?? "")
        devices[path] = device
        return device
    }
}
