internal import MDBytes
package import MDKernel
package import MDModel

/// `--undo`: puts back what a command overwrote. Looks at every area first; writes nothing where one of them is not
/// what it should be.
package struct UndoVerb<K: Kernel> {
    private let context: Context<K>

    package init(_ context: Context<K>) { self.context = context }

    /// The entries, the newest first, with those that cannot be read as nil.
    package func entries() -> [(name: String, entry: ArchiveEntry?)] {
        let archive = Archive(kernel: context.kernel)
        return archive.names().map { name in (name, (try? archive.entry(name)) ?? nil) }
    }

    /// Puts the entry of this name back; false where it was refused or failed.
    package func restore(_ name: String) -> Bool {
        do throws(UndoRefusal) {
            let entry = try entry(name)
            let disks = try open(entry)
            let areas = try areasToRestore(entry, disks)
            guard !areas.isEmpty else {
                tell(.nothingToDo(name))
                return true
            }
            return write(areas, of: entry, name, disks)
        } catch {
            for reason in error.reasons { tell(reason) }
            return false
        }
    }

    private func tell(_ notice: ArchiveNotice) { context.listener.tell(.archive(notice)) }

    private func entry(_ name: String) throws(UndoRefusal) -> ArchiveEntry {
        guard Archive<K>.isName(name) else { throw UndoRefusal(.noEntry(name)) }
        let found: ArchiveEntry?
        do throws(SystemCallError) { found = try Archive(kernel: context.kernel).entry(name) } catch {
            throw UndoRefusal(error.errno == .noEntry ? .noEntry(name) : .cannotRead(name, error))
        }
        guard let found else { throw UndoRefusal(.damaged(name)) }
        return found
    }

    /// All disks of an entry, held exclusively; every one that is not to be had is named.
    private func open(_ entry: ArchiveEntry) throws(UndoRefusal) -> [ArchivedDevice: DeviceHandle] {
        var disks: [ArchivedDevice: DeviceHandle] = [:]
        var reasons: [ArchiveNotice] = []
        for device in entry.devices {
            do throws(UndoRefusal) { disks[device] = try open(device) } catch { reasons += error.reasons }
        }
        guard reasons.isEmpty else { throw UndoRefusal(reasons: reasons) }
        return disks
    }

    private func open(_ device: ArchivedDevice) throws(UndoRefusal) -> DeviceHandle {
        let kernel = context.kernel
        let path = try path(of: device)
        do throws(SystemCallError) {
            let hold: OpenOptions = context.options.dryRun ? [.direct] : [.write, .direct, .exclusive]
            let handle = try kernel.open(path, hold)
            guard try kernel.size(of: handle) == device.size else { throw SystemCallError("open", .noDevice, on: path) }
            return handle
        } catch {
            switch error.errno {
            case .busy: throw UndoRefusal(.inUse(path: path, holders: holders(path)))
            case .noDevice: throw UndoRefusal(.otherDisk(device))
            default: throw UndoRefusal(.cannotOpen(path: path, error))
            }
        }
    }

    /// Where the disk is now: names change, what a disk calls itself does not.
    private func path(of device: ArchivedDevice) throws(UndoRefusal) -> String {
        let kernel = context.kernel
        let number = (try? kernel.status(ofPath: device.path)).flatMap { $0.kind == .block ? $0.device : nil }
        let there = number.flatMap { BlockDirectory(of: $0, kernel: kernel) }
        guard !device.identity.isEmpty else {
            if there == nil, (try? kernel.status(ofPath: device.path)) == nil { throw UndoRefusal(.absent(device)) }
            return device.path
        }
        if let there, DiskIdentity(of: there.name, kernel: kernel)?.text == device.identity { return device.path }
        let other = BlockDirectory.all(kernel: kernel).first {
            DiskIdentity(of: $0.name, kernel: kernel)?.text == device.identity
        }
        guard let other else { throw UndoRefusal(there == nil ? .absent(device) : .otherDisk(device)) }
        return "/dev/\(other.name)"
    }

    private func holders(_ path: String) -> [String] {
        let number = (try? context.kernel.status(ofPath: path))?.device
        return number.flatMap { BlockDirectory(of: $0, kernel: context.kernel) }?.holders ?? []
    }

    /// The areas that are not as before, the last one first: where two overlap, what was there first is written last.
    private func areasToRestore(
        _ entry: ArchiveEntry, _ disks: [ArchivedDevice: DeviceHandle]
    ) throws(UndoRefusal) -> [ArchivedArea] {
        var wanted: [ArchivedArea] = []
        var reasons: [ArchiveNotice] = []
        for area in entry.areas.reversed() {
            guard let handle = disks[area.device] else { continue }
            do throws(SystemCallError) {
                let now = try context.kernel.read(Extent(offset: area.offset, count: area.count), of: handle)
                switch area.standing(now: now) {
                case .asBefore: break
                case .foreign where !context.options.force:
                    reasons.append(.overwritten(path: handle.path, offset: area.offset))
                case .asWritten, .foreign: wanted.append(area)
                }
            } catch { reasons.append(.cannotOpen(path: handle.path, error)) }
        }
        guard reasons.isEmpty else { throw UndoRefusal(reasons: reasons) }
        return wanted
    }

    private func write(
        _ areas: [ArchivedArea], of entry: ArchiveEntry, _ name: String, _ disks: [ArchivedDevice: DeviceHandle]
    ) -> Bool {
        var executor = Executor(context)
        var plan: [PlannedStep] = []
        for area in areas {
            guard let handle = disks[area.device] else { continue }
            executor.lend(handle, as: handle.path)
            let write = DeviceWrite(
                device: handle.path, offset: area.offset, bytes: area.before, content: area.content)
            plan.append(PlannedStep(.write(write)))
        }
        do throws(StepFailure) { try executor.perform(plan) } catch {
            tell(.stepFailed(error))
            executor.undo()
            return false
        }
        executor.keep()
        if !executor.isDryRun {
            tell(.restored(entry: name, entry, areas: plan.count, devices: Set(disks.values.map(\.path)).sorted()))
        }
        return true
    }
}

/// Why nothing is put back.
private struct UndoRefusal: Error {
    let reasons: [ArchiveNotice]

    init(_ reason: ArchiveNotice) { reasons = [reason] }

    init(reasons: [ArchiveNotice]) { self.reasons = reasons }
}
