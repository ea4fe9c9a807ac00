internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel

/// Gathers what `--detail` tells.
package struct Detailer<K: Kernel>: Sendable {
    private let kernel: K
    private let names: DeviceNames<K>
    private let form: DetailForm

    package init(kernel: K, names: DeviceNames<K>, form: DetailForm) {
        self.kernel = kernel
        self.names = names
        self.form = form
    }

    /// The facts about the array behind `path`.
    package func gather(_ path: String) throws(DetailRefusal) -> DetailFacts {
        let handle: DeviceHandle
        do throws(SystemCallError) { handle = try kernel.open(path, []) } catch { throw .cannotOpen(error) }
        guard let directory = directory(of: handle) else { throw .notAnArray }
        let version = directory.attribute("metadata_version") ?? "none"
        var facts = DetailFacts(path: path, kernelName: directory.name, metadata: .init(version))
        do throws(SystemCallError) { facts.info = try kernel.arrayInfo(of: handle) } catch {
            guard error.errno == .noSuchDevice else { throw .notAnArray }
            guard version != "none" || !directory.memberNames().isEmpty else { throw .noArray }
        }
        facts.stateWord = directory.attribute("array_state")
        facts.disks = facts.info == nil ? inactiveDisks(directory) : activeDisks(handle, facts.info)
        readMetadata(&facts)
        complete(&facts, handle: handle, directory: directory)
        return facts
    }

    private func directory(of handle: DeviceHandle) -> ArrayDirectory<K>? {
        do throws(SystemCallError) {
            let status = try kernel.status(of: handle)
            guard status.kind == .block,
                let directory = ArrayDirectory(of: status.device, kernel: kernel)
            else { return nil }
            return directory.isPresent ? directory : nil
        } catch { return nil }
    }

    /// What only some of the forms show.
    private func complete(_ facts: inout DetailFacts, handle: DeviceHandle, directory: ArrayDirectory<K>) {
        switch form {
        case .long: completeReport(&facts, handle: handle, directory: directory)
        case .brief:
            if facts.info != nil { facts.bitmapFile = (try? kernel.bitmapFile(of: handle)) ?? [] }
        case .export:
            facts.members = directory.memberNames().map { member($0, of: directory) }
            addMapEntry(&facts)
        case .json:
            completeReport(&facts, handle: handle, directory: directory)
            if facts.info != nil { facts.syncAction = directory.attribute("sync_action") }
            addMapEntry(&facts)
        }
    }

    private func completeReport(
        _ facts: inout DetailFacts, handle: DeviceHandle, directory: ArrayDirectory<K>
    ) {
        facts.size = (try? kernel.size(of: handle)) ?? .zero
        guard let info = facts.info else { return }
        facts.consistencyPolicy = directory.attribute("consistency_policy")
        facts.bitmapFile = (try? kernel.bitmapFile(of: handle)) ?? []
        facts.progress = mdstat().entry(named: directory.name)
        if info.level > 0, info.size <= 0 {
            facts.componentKiB = directory.number("component_size")
        }
    }

    private func addMapEntry(_ facts: inout DetailFacts) {
        let map = ArrayMap.load(kernel: kernel)
        let uuid = facts.superblock?.superblock.arrayUUID ?? facts.superblock0?.arrayUUID
        facts.mapEntry = uuid.flatMap { map.entry(uuid: $0) } ?? map.entry(named: facts.kernelName)
    }

    private func mdstat() -> Mdstat { Mdstat(kernel: kernel) ?? Mdstat("") }
}

/// The devices of an array.
extension Detailer {
    /// Numbers beyond this are not asked for.
    private static var numberLimit: Int32 { 4096 }

    /// The disks that the driver knows, by their numbers.
    private func activeDisks(_ handle: DeviceHandle, _ info: ArrayInfo?) -> [DetailFacts.Disk] {
        var disks: [DetailFacts.Disk] = []
        let expected = Int(info?.diskCount ?? 0)
        for number in 0..<Self.numberLimit where disks.count < expected {
            guard let disk = try? kernel.diskInfo(number, of: handle), disk.device != .none else { continue }
            disks.append(
                DetailFacts.Disk(
                    number: number, device: disk.device,
                    slot: disk.raidDisk >= 0 ? Int(disk.raidDisk) : nil, state: disk.state,
                    path: names.path(of: disk.device), isAlive: isAlive(disk.device)))
        }
        return disks
    }

    /// The disks of an array that is not active, in the order of sysfs.
    private func inactiveDisks(_ directory: ArrayDirectory<K>) -> [DetailFacts.Disk] {
        directory.memberNames().compactMap { name in
            guard let device = directory.device(ofMember: name) else { return nil }
            return DetailFacts.Disk(
                number: nil, device: device, slot: nil, state: [], path: names.path(of: device),
                isAlive: true)
        }
    }

    private func isAlive(_ device: DeviceNumber) -> Bool {
        (try? kernel.destination(ofLink: "/sys/dev/block/\(device)")) != nil
    }

    private func member(_ name: String, of directory: ArrayDirectory<K>) -> DetailFacts.Member {
        let slot = directory.attribute("slot", ofMember: name).flatMap { Int($0) }
        let path = directory.device(ofMember: name).flatMap { names.path(of: $0) }
        return DetailFacts.Member(name: name, slot: slot, path: path)
    }

    /// Reads the superblock of the first member that is not faulty and can be read; of a clustered array its
    /// bitmaps, too.
    private func readMetadata(_ facts: inout DetailFacts) {
        if case .native(let text) = facts.metadata, text.hasPrefix("0.9") { return readMetadata0(&facts) }
        guard case .native(let text) = facts.metadata, text.hasPrefix("1."),
            case .minor(let version) = SoughtFormat(descriptor: text)
        else { return }
        for disk in facts.disks where !disk.state.contains(.faulty) {
            guard let path = disk.path else { continue }
            do throws(SystemCallError) {
                let handle = try kernel.open(path, .direct)
                let member = try MemberReader.read(
                    handle, path: path, device: disk.device, versions: [version], also: .bitmap, kernel: kernel)
                guard let superblock = member.superblock else { continue }
                let bitmap = try member.bitmapHeader(of: superblock, kernel: kernel)
                facts.superblock = Version1Facts(
                    superblock: superblock, bitmap: bitmap, deviceSize: member.size)
                if form == .long || form == .json, facts.info?.state.contains(.clustered) == true {
                    let bitmaps = try BitmapReader(kernel: kernel, countsBits: true)
                        .facts(of: superblock, on: member)
                    facts.isClusterDirty = bitmaps?.parts.contains { $0.bits?.dirty ?? 0 > 0 }
                }
                return
            } catch { continue }
        }
    }
}

extension Detailer {
    /// The same for metadata 0.90.
    private func readMetadata0(_ facts: inout DetailFacts) {
        for disk in facts.disks where !disk.state.contains(.faulty) && facts.superblock0 == nil {
            guard let path = disk.path else { continue }
            do throws(SystemCallError) {
                facts.superblock0 = try MemberReader.read(path, also: .version0, kernel: kernel).superblock0
            } catch { continue }
        }
    }
}

extension DetailFacts.Metadata {
    /// The text of `metadata_version`.
    init(_ text: String) {
        if text == "none" || text.isEmpty {
            self = .absent
        } else {
            self = text.hasPrefix("external:") ? .external(text) : .native(text)
        }
    }
}
