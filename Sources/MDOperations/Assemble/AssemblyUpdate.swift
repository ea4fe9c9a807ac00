internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// What `--update=` asks for, before the array's number is known.
enum RequestedUpdate: Hashable, Sendable {
    case known(SuperblockUpdate)
    /// A new name; nil for the array's number.
    case name(String?, host: String?)

    /// The update for an array with this kernel name.
    func update(for kernelName: String) -> SuperblockUpdate {
        switch self {
        case .known(let update): return update
        case .name(let name, let host):
            let number = ArrayNaming.number(wishedBy: kernelName).map(String.init)
            return .name(CreateBlueprint.storedName(name ?? number ?? kernelName, host: host))
        }
    }

    var changesUUID: Bool { if case .known(let update) = self { update.changesUUID } else { false } }
}

extension AssembleOperation {
    /// What `--update=` asks for; nil where it was not given.
    func requestedUpdate(homeHost: HomeHost, kernel: some Kernel) throws(AssembleRefusal) -> RequestedUpdate?
    {
        switch request.update {
        case nil: return nil
        case "name"?: return .name(request.name, host: homeHost.name)
        case "homehost"?: return .known(.homeHost(homeHost.name))
        case "uuid"?: return .known(.uuid(request.uuid ?? UUID(bytes: kernel.randomBytes(16))))
        case "resync"?: return .known(.resync)
        case "devicesize"?: return .known(.deviceSize)
        case "bbl"?: return .known(.badBlockLog)
        case "no-bbl"?: return .known(.noBadBlockLog(force: false))
        case "force-no-bbl"?: return .known(.noBadBlockLog(force: true))
        case "no-bitmap"?: return .known(.noBitmap)
        case "nodes"?:
            guard let nodes = request.nodes else { throw .update(.missingNodes) }
            return .known(.nodes(nodes))
        case "home-cluster"?:
            guard let name = request.common.homeCluster else { throw .update(.missingCluster) }
            guard name.utf8.count <= BitmapSuperblock.clusterNameBytes else {
                throw .update(.clusterNameTooLong)
            }
            return .known(.homeCluster(name))
        case let word?: throw .update(.unsupported(word: word))
        }
    }
}

extension AssemblyAct {
    /// What an update writes to one member.
    private struct Draft {
        var path: String
        var after: SuperblockV1
        var writes: [DeviceWrite] = []
    }

    /// Applies an update to every member; nothing is written where one of them cannot take it. The result is
    /// what they hold afterwards.
    func apply(
        _ update: SuperblockUpdate, to chosen: [AssemblyFinding], at version: SuperblockV1.MinorVersion?,
        _ executor: inout Executor<K>
    ) throws(AssembleRefusal) -> [AssemblyFinding] {
        var updated = chosen
        var drafts: [Draft] = []
        for place in updated.indices where !updated[place].isIncluded {
            guard let before = updated[place].superblock(at: version) else { continue }
            let draft = try draft(update, of: before, on: updated[place].path)
            drafts.append(draft)
            updated[place].superblocks = updated[place].superblocks.map {
                $0.minorVersion == before.minorVersion ? draft.after : $0
            }
        }
        for draft in drafts {
            for change in draft.writes { try write(change, isIncluded: false, &executor) }
        }
        // The update was asked for by itself: it stays, even where the array then does not start.
        executor.keep()
        executor.onUndo(.stop(array: array))
        return updated
    }

    private func draft(_ update: SuperblockUpdate, of before: SuperblockV1, on path: String)
        throws(AssembleRefusal) -> Draft
    {
        let device: DeviceHandle
        let size: Sectors
        do throws(SystemCallError) {
            device = try context.kernel.open(path, [.direct])
            size = try context.kernel.size(of: device).sectors
        } catch { throw .notOpened(path: path, error) }
        var draft = Draft(path: path, after: before)
        do throws(SuperblockUpdate.Refusal) {
            try update.apply(to: &draft.after, deviceOf: size)
            draft.writes = try bitmapWrites(update, before, device)
        } catch { throw .update(.member(path: path, error)) }
        if let place = update.newLog(in: draft.after, before: before) {
            let empty = [UInt8](repeating: 0xff, count: 4096)
            draft.writes.append(
                DeviceWrite(device: path, offset: place.bytes, bytes: empty, content: .badBlockLog))
        }
        draft.writes.append(
            DeviceWrite(
                device: path, offset: draft.after.superOffset.bytes, bytes: draft.after.writtenBytes,
                content: .superblock))
        return draft
    }

    private func bitmapWrites(_ update: SuperblockUpdate, _ before: SuperblockV1, _ device: DeviceHandle)
        throws(SuperblockUpdate.Refusal) -> [DeviceWrite]
    {
        guard update.concernsBitmap, let start = before.bitmapPlace?.bytes else { return [] }
        let kernel = context.kernel
        func header(_ offset: ByteCount) -> BitmapSuperblock? {
            let (place, overflow) = start.rawValue.addingReportingOverflow(offset.rawValue)
            guard !overflow else { return nil }
            let extent = Extent(offset: ByteCount(place), count: BitmapSuperblock.byteCount)
            return (try? kernel.read(extent, of: device)).flatMap { BitmapSuperblock(reading: $0) }
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
}
