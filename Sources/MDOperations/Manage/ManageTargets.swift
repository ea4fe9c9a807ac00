internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// One device that an operation is about, after words like `failed` were expanded.
struct ManageTarget: Hashable, Sendable {
    /// What messages call it.
    let name: String
    /// Its number; nil for a member whose directory does not tell.
    let device: DeviceNumber?
    /// The path to open it by; nil where only the number is known.
    var path: String?
    /// Named by its kernel name: it is worked through sysfs, which outlives the node.
    var member: String?

    init(name: String, device: DeviceNumber?, path: String? = nil, member: String? = nil) {
        self.name = name
        self.device = device
        self.path = path
        self.member = member
    }
}

/// Turns operands into devices.
struct ManageTargets<K: Kernel> {
    let context: Context<K>
    let array: ManagedArray<K>

    private var kernel: K { context.kernel }

    func expand(_ operation: ManageRequest.Operation) throws(ManageFailure) -> [ManageTarget] {
        let operand: ManageOperand
        do throws(ManageOperand.Misuse) {
            operand = try ManageOperand(operation.device.path, for: operation.action)
        } catch { throw .misuse(error, operation.action) }
        switch operand {
        case .path(let path): return [try target(path)]
        case .number(let number):
            return [try target(number, named: operation.device.path, for: operation.action)]
        case .kernelName(let name): return [try member(name)]
        case .faulty: return numbered(array.disks().filter { $0.state.contains(.faulty) })
        case .detached: return detached(skipFaulty: operation.action == .fail)
        case .copySet(let index): return try copySet(index, word: operation.device.path)
        case .missing: return absentMembers()
        }
    }

    private func target(_ path: String) throws(ManageFailure) -> ManageTarget {
        let status: FileStatus
        do throws(SystemCallError) { status = try kernel.status(ofPath: path) } catch {
            throw .status(path, error.errno)
        }
        guard status.kind == .block else { throw .notBlockDevice(path) }
        return ManageTarget(name: path, device: status.device, path: path)
    }

    /// Removing and failing need no more than the number; the rest needs the device.
    private func target(
        _ number: DeviceNumber, named word: String, for action: ManageRequest.Action
    ) throws(ManageFailure) -> ManageTarget {
        if action != .remove, action != .fail {
            guard (try? kernel.destination(ofLink: "/sys/dev/block/\(number)")) != nil else {
                throw .status(word, .noEntry)
            }
        }
        return ManageTarget(name: word, device: number)
    }

    private func member(_ name: String) throws(ManageFailure) -> ManageTarget {
        guard array.directory.memberNames().contains(name) else {
            throw .notComponent(name, array: array.path)
        }
        return ManageTarget(name: name, device: array.directory.device(ofMember: name), member: name)
    }

    private func numbered(_ disks: [DiskInfo]) -> [ManageTarget] {
        disks.map { ManageTarget(name: "\($0.device)", device: $0.device) }
    }

    /// Members whose device does not exist any more.
    private func detached(skipFaulty: Bool) -> [ManageTarget] {
        numbered(
            array.disks().filter { disk in
                if skipFaulty, disk.state.contains(.faulty) { return false }
                do throws(SystemCallError) {
                    _ = try kernel.open(device: disk.device, [])
                    return false
                } catch { return error.errno == .noDevice }
            })
    }

    private func copySet(_ index: Int, word: String) throws(ManageFailure) -> [ManageTarget] {
        guard array.survival.level == .raid10 else { throw .copySetWithoutRAID10(word) }
        guard let sets = array.survival.copySets, index < sets else { throw .noSuchCopySet(word) }
        return numbered(
            array.disks().filter { $0.raidDisk >= 0 && Int($0.raidDisk) % sets == index })
    }

    /// Devices that carry the array's uuid and are not members: of those that mdadm.conf names, or of this host.
    private func absentMembers() -> [ManageTarget] {
        guard let uuid = array.uuid else { return [] }
        let present = Set(array.disks().map(\.device))
        let targets = searched().filter { target in target.device.map { !present.contains($0) } ?? false }
        let members = MemberReader.inRounds(targets.compactMap(\.path)) {
            MemberReader.readAll($0, also: array.hasVersion1 ? [] : .version0, kernel: kernel)
                .map { member in (try? member.get()).flatMap { array.superblock(of: $0)?.arrayUUID } }
        }
        return zip(targets, members).filter { $0.1 == uuid }.map(\.0)
    }

    private func searched() -> [ManageTarget] {
        let words = context.configuration.effectiveDevices
        guard !words.contains(.partitions) else {
            return UnusedDevices.list(kernel: kernel, atLeast: array.componentSize).map {
                ManageTarget(name: $0.path, device: $0.device, path: $0.path)
            }
        }
        let named = DeviceScan.paths(words, kernel: kernel).compactMap { path -> ManageTarget? in
            guard let status = try? kernel.status(ofPath: path), status.kind == .block else { return nil }
            return ManageTarget(name: path, device: status.device, path: path)
        }
        if named.isEmpty { context.listener.tell(.manage(.nothingToSearch)) }
        return named
    }
}
