internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// Looks for copies of what a reshape was about to overwrite when it stopped: in the file that the user names, and at
/// the end of the members that the reshape adds.
struct ReshapeRestorer<K: Kernel> {
    let kernel: K
    let assembly: Assembly
    let reshape: Reshape

    /// Copies that are to be put back.
    struct Found {
        var writes: [DeviceWrite] = []
        var position: UInt64
    }

    /// A file or device that copies may be on.
    private struct Place {
        let name: String
        let device: DeviceHandle
        /// The sector of the header.
        let header: UInt64
        /// The sector that copies end before.
        let end: UInt64
    }

    /// Copies in a file. `tell` hears what there is to say of it.
    func found(in file: String, tell: (ReshapeRemark) -> Void) throws(ReshapeRefusal) -> Found {
        let place: Place
        let block: [UInt8]
        do throws(SystemCallError) {
            // No reshape keeps more.
            place = Place(name: file, device: try kernel.open(file, []), header: 0, end: 4 * Restoration.largest)
            block = try read(place.header, 1, place)
        } catch { throw .backupNotOpened(path: file, error) }
        guard let header = header(block, place.name, tell) else { throw .noneInBackup }
        return try restored(header, place, tell)
    }

    /// Copies at the end of members that the reshape adds; nil where there are none.
    func foundOnMembers(tell: (ReshapeRemark) -> Void) -> Found? {
        guard reshape.deltaDisks > 0 else { return nil }
        let before = Int(reshape.raidDisks) - Int(reshape.deltaDisks)
        for member in writable where (member.slot ?? 0) >= before {
            guard let end = member.superblock.dataEnd?.rawValue, end > BackupHeader.sectors,
                let device = try? kernel.open(member.path, [.direct])
            else { continue }
            let place = Place(
                name: "device-\(member.slot ?? 0)", device: device, header: end - BackupHeader.sectors, end: end)
            let block = (try? read(place.header, 1, place)) ?? []
            guard let header = header(block, place.name, tell), let found = try? restored(header, place, tell) else {
                continue
            }
            return found
        }
        return nil
    }

    /// Sectors of a place; what is not there is left out.
    private func read(_ start: UInt64, _ count: UInt64, _ place: Place) throws(SystemCallError) -> [UInt8] {
        guard start + count <= place.end else { return [] }
        return try kernel.read(Extent(offset: Sectors(start).bytes, count: Int(count) * 512), of: place.device)
    }

    private var array: UUID { assembly.leader.superblock.arrayUUID }

    /// Members with a slot of their own and its data.
    private var writable: [Assembly.Member] {
        assembly.members.filter { $0.standing == .upToDate && $0.slot != nil }
    }

    /// The header that a block is, if it is of this array and of its time.
    private func header(_ block: [UInt8], _ name: String, _ tell: (ReshapeRemark) -> Void) -> BackupHeader? {
        guard let header = BackupHeader(reading: block) else {
            tell(.noCopies(on: name))
            return nil
        }
        guard header.array == array else {
            tell(.foreignCopies(on: name))
            return nil
        }
        return isRecent(header, name, tell) ? header : nil
    }

    /// Copies that are much older or newer than the array are of another day. The limits are mdadm's.
    private func isRecent(_ header: BackupHeader, _ name: String, _ tell: (ReshapeRemark) -> Void) -> Bool {
        let time = assembly.leader.superblock.updateTime
        let (latest, overflow) = header.time.addingReportingOverflow(7200)
        if time <= latest || overflow, header.time <= time &+ 600 { return true }
        guard kernel.environment("MDADM_GROW_ALLOW_OLD") == "1" else {
            tell(.tooOld(on: name))
            return false
        }
        tell(.oldTaken(copies: header.time, array: time))
        return true
    }

    private func restored(
        _ header: BackupHeader, _ place: Place, _ tell: (ReshapeRemark) -> Void
    ) throws(ReshapeRefusal) -> Found {
        do throws(Restoration.Refusal) {
            let restoration = try Restoration(of: reshape, from: header)
            guard isConfirmed(header, place) else {
                tell(.unconfirmed(on: place.name))
                throw .unconfirmed
            }
            var found = Found(position: restoration.position)
            for part in restoration.parts {
                guard let bytes = try? read(part.place, part.count, place) else { throw .tooShort }
                for piece in try restoration.pieces(of: part, bytes) { found.writes += try writes(piece) }
            }
            return found
        } catch {
            if error == .nothingToRestore, !header.parts.isEmpty { tell(.unneeded(on: place.name)) }
            throw .notRestored(path: place.name, error)
        }
    }

    /// The header stands once more before the first copy, where it is blotted out when the copy is needed no more.
    private func isConfirmed(_ header: BackupHeader, _ place: Place) -> Bool {
        guard let first = header.parts.first?.place, first >= BackupHeader.sectors,
            let block = try? read(first - BackupHeader.sectors, 1, place)
        else { return false }
        return BackupHeader(reading: block) == header
    }

    private func writes(_ piece: Restoration.Piece) throws(Restoration.Refusal) -> [DeviceWrite] {
        var writes: [DeviceWrite] = []
        for member in writable where member.slot == piece.slot {
            let block = member.superblock
            let end = piece.offset + UInt64(piece.bytes.count / 512)
            guard block.dataEnd != nil, end <= block.componentSectors.rawValue else { throw .impossible }
            let start = Sectors(block.dataStart.rawValue + piece.offset)
            writes.append(DeviceWrite(device: member.path, offset: start.bytes, bytes: piece.bytes, content: .copies))
        }
        return writes
    }
}
