internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// What `--update=` asks for, before the array's number and format are known.
struct RequestedUpdate: Hashable, Sendable {
    /// The change, as far as it is known yet.
    enum Change: Hashable, Sendable {
        case known(SuperblockUpdate)
        /// A new name; nil for the array's number.
        case name(String?, host: String?)
        /// A uuid of our own; in 0.90 its second half stands for the host.
        case randomUUID(UUID, host: String?)
        /// The array's number.
        case superMinor
    }

    /// The word of the command line.
    var word: String
    var change: Change

    /// The update for an array with this kernel name, which the superblock describes.
    func update(for kernelName: String, of superblock: MemberSuperblock) -> SuperblockUpdate {
        let number = ArrayNaming.number(wishedBy: kernelName)
        switch change {
        case .known(let update): return update
        case .name(let name, let host):
            return .name(CreateBlueprint.storedName(name ?? number.map { String($0) } ?? kernelName, host: host))
        case .superMinor: return .superMinor(number ?? 0)
        case .randomUUID(let uuid, let host):
            guard superblock.version1 == nil else { return .uuid(uuid) }
            var own = [UInt8](repeating: 0, count: 8)
            own += SuperblockV0.hash(ofHost: host ?? "")
            return .uuid(UUID(bytes: uuid.bytes.prefix(8) + UUID(bytes: own).swappingWords.bytes.suffix(8)))
        }
    }

    /// Which superblocks count once the update is made.
    func choice(after before: MemberSuperblock.Choice?) -> MemberSuperblock.Choice? {
        switch change {
        case .known(.metadata): .version1(.atEnd)
        case .known(.byteOrder): .version0(.host)
        default: before
        }
    }

    var losesEvents: Bool {
        if case .known(let update) = change { update.losesEvents } else { false }
    }

    var changesUUID: Bool {
        switch change {
        case .randomUUID: true
        case .known(let update): update.changesUUID
        default: false
        }
    }
}

extension AssembleOperation {
    /// What `--update=` asks for; nil where it was not given.
    func requestedUpdate(homeHost: HomeHost, kernel: some Kernel) throws(AssembleRefusal) -> RequestedUpdate? {
        guard let word = request.update else { return nil }
        return RequestedUpdate(word: word, change: try change(word, homeHost, kernel))
    }

    private func change(_ word: String, _ homeHost: HomeHost, _ kernel: some Kernel)
        throws(AssembleRefusal) -> RequestedUpdate.Change
    {
        switch word {
        case "name": return .name(request.name, host: homeHost.name)
        case "super-minor": return .superMinor
        case "uuid":
            if let uuid = request.uuid { return .known(.uuid(uuid)) }
            return .randomUUID(UUID(bytes: kernel.randomBytes(16)), host: homeHost.name)
        case "nodes":
            guard let nodes = request.nodes else { throw .update(.missingNodes) }
            return .known(.nodes(nodes))
        case "revert-reshape": return .known(.revertReshape(cancels: request.invalidBackup))
        case "home-cluster":
            guard let name = request.common.homeCluster else { throw .update(.missingCluster) }
            guard name.utf8.count <= BitmapSuperblock.clusterNameBytes else {
                throw .update(.clusterNameTooLong)
            }
            return .known(.homeCluster(name))
        default: return .known(SuperblockUpdate(plain: word, host: homeHost.name))
        }
    }
}

extension AssemblyAct {
    /// What an update writes to one member.
    private struct Draft {
        var path: String
        var after: MemberSuperblock
        var writes: [DeviceWrite] = []
    }

    /// Applies an update to every member; nothing is written where one of them cannot take it. The result is
    /// what they hold afterwards. `unchanged` is the array without the update, where that alone tells which are fresh.
    mutating func apply(
        _ requested: RequestedUpdate, to chosen: [AssemblyFinding], at version: MemberSuperblock.Choice?,
        unchanged: Assembly?, _ executor: inout Executor<K>
    ) throws(AssembleRefusal) -> [AssemblyFinding] {
        var updated = chosen
        var drafts: [Draft] = []
        guard let first = chosen.first?.superblock(at: version) else { return chosen }
        let update = requested.update(for: choice.kernelName, of: first)
        for place in updated.indices where !updated[place].isIncluded {
            guard let before = updated[place].superblock(at: version) else { continue }
            // Words that only 0.90 understands are told only of that.
            if before.version1 == nil { tell(.updating(path: updated[place].path, update)) }
            let draft = try self.draft(update, requested.word, of: before, on: updated[place].path)
            drafts.append(draft)
            updated[place].superblocks = updated[place].superblocks.map {
                $0.choice == before.choice ? draft.after : $0
            }
            tellIdentified(updated[place], at: requested.choice(after: version))
        }
        if let stale = unchanged?.outOfDate { throw .update(.stale(path: stale)) }
        // As one plan: the archive then holds all of it before the first member changes.
        try write(drafts.flatMap(\.writes), isIncluded: false, &executor)
        // The update was asked for by itself: it stays, even where the array then does not start.
        executor.keep()
        executor.onUndo(.stop(array: array))
        if let unchanged { tell(unchanged.remarks.filter(\.isAboutEvents)) }
        return updated
    }

    mutating func tellIdentified(_ member: AssemblyFinding, at version: MemberSuperblock.Choice?) {
        let superblock = member.superblock(at: version)
        tell(
            .identified(
                path: member.path, array: choice.path, slot: superblock?.shownSlot,
                isReplacement: superblock?.isReplacement ?? false))
    }

    private func draft(
        _ update: SuperblockUpdate, _ word: String, of before: MemberSuperblock, on path: String
    ) throws(AssembleRefusal) -> Draft {
        let device: DeviceHandle
        let size: Sectors
        do throws(SystemCallError) {
            device = try context.kernel.open(path, [.direct])
            size = try context.kernel.size(of: device).sectors
        } catch { throw .notOpened(path: path, error) }
        var draft = Draft(path: path, after: before)
        var description = SuperblockUpdate.Device(size: size)
        description.newUUID = UUID(bytes: context.kernel.randomBytes(16))
        if update == .badBlockLog { description.bitmap = bitmapSize(of: before, on: device) }
        do throws(SuperblockUpdate.Refusal) {
            draft.after = try update.applied(to: before, on: description)
            draft.writes = try bitmapWrites(update, before, draft.after, device)
        } catch {
            if error == .notForFormat { throw .update(.unsupported(word: word, format: before.familyName)) }
            throw .update(.member(path: path, error))
        }
        draft.writes += update.emptyLog(from: before, to: draft.after, on: path)
        if update == .parityLog, let after = draft.after.version1, let place = after.parityLogPlace {
            let area = PartialParityLog.header(of: after.arrayUUID)
            draft.writes.append(DeviceWrite(device: path, offset: place.bytes, bytes: area, content: .parityLog))
        }
        draft.writes.append(
            DeviceWrite(
                device: path, offset: draft.after.place.bytes, bytes: draft.after.writtenBytes,
                content: .superblock))
        return draft
    }

    private func bitmapSize(of superblock: MemberSuperblock, on device: DeviceHandle) -> Sectors? {
        guard let place = superblock.bitmapPlace else { return nil }
        return context.kernel.bitmapHeader(at: place.bytes, of: device)?.areaSize
    }

    private func bitmapWrites(
        _ update: SuperblockUpdate, _ before: MemberSuperblock, _ after: MemberSuperblock, _ device: DeviceHandle
    ) throws(SuperblockUpdate.Refusal) -> [DeviceWrite] {
        if case .version0(let block, let place) = after {
            return try bitmapWrites(block, at: place, renamed: before.arrayUUID != after.arrayUUID, device)
        }
        guard update.concernsBitmap, let before = before.version1, let start = before.bitmapPlace?.bytes else {
            return []
        }
        let kernel = context.kernel
        func header(_ offset: ByteCount) -> BitmapSuperblock? {
            let (place, overflow) = start.rawValue.addingReportingOverflow(offset.rawValue)
            return overflow ? nil : kernel.bitmapHeader(at: ByteCount(place), of: device)
        }
        guard let first = header(.zero) else { throw .noBitmap }
        let dataStart = before.dataOffset.bytes.rawValue
        let end = before.minorVersion == .atEnd ? before.superOffset.bytes.rawValue : dataStart
        let room = ByteCount(end > start.rawValue ? end - start.rawValue : 0)
        let changes = try BitmapUpdate.changes(for: update, header: first, room: room, read: header)
        return changes.map {
            DeviceWrite(
                device: device.path, offset: ByteCount(start.rawValue &+ $0.offset.rawValue), bytes: $0.bytes,
                content: .bitmap)
        }
    }

    /// The bitmap of 0.90 lies behind the superblock; the driver wants the same uuid in both.
    private func bitmapWrites(
        _ block: SuperblockV0, at place: Sectors, renamed: Bool, _ device: DeviceHandle
    ) throws(SuperblockUpdate.Refusal) -> [DeviceWrite] {
        guard renamed, block.state.contains(.bitmapPresent) else { return [] }
        let start = ByteCount(place.bytes.rawValue &+ UInt64(SuperblockV0.byteCount))
        guard var header = context.kernel.bitmapHeader(at: start, of: device), header.hasMagic else { throw .noBitmap }
        header.uuid = block.arrayUUID
        return [DeviceWrite(device: device.path, offset: start, bytes: header.image, content: .bitmap)]
    }
}
