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

    /// Somewhere that copies may be.
    private struct Place {
        let name: String
        /// The sector of the header.
        let header: UInt64
        /// Reads sectors; what is not there is left out.
        let read: (_ place: UInt64, _ sectors: UInt64) throws(SystemCallError) -> [UInt8]
    }

    /// Copies in a file. `tell` hears what there is to say of it.
    func found(in file: String, tell: (ReshapeRemark) -> Void) throws(ReshapeRefusal) -> Found {
        let place = Place(name: file, header: 0) { place, sectors throws(SystemCallError) in
            // No reshape keeps more; a file is read from its beginning.
            guard place + sectors <= 4 * Restoration.largest else { return [] }
            let bytes = try kernel.read(file: file, limit: Int(place + sectors) * 512)
            return Array(bytes.dropFirst(Int(place) * 512))
        }
        do throws(SystemCallError) { _ = try place.read(0, 1) } catch {
            throw .backupNotOpened(path: file, error)
        }
        guard let header = header(at: place, tell) else { throw .noneInBackup }
        return try restored(header, place, tell)
    }

    /// Copies at the end of members that the reshape adds; nil where there are none.
    func foundOnMembers(tell: (ReshapeRemark) -> Void) -> Found? {
        guard reshape.deltaDisks > 0 else { return nil }
        let before = Int(reshape.raidDisks) - Int(reshape.deltaDisks)
        for member in writable where (member.slot ?? 0) >= before {
            let block = member.superblock
            guard let end = block.dataStart.adding(block.componentSectors)?.rawValue, end > BackupHeader.sectors,
                let device = try? kernel.open(member.path, [.direct])
            else { continue }
            let name = "device-\(member.slot ?? 0)"
            let place = Place(name: name, header: end - BackupHeader.sectors) { place, count throws(SystemCallError) in
                let extent = Extent(offset: Sectors(place).bytes, count: Int(clamping: count) &* 512)
                return try kernel.read(extent, of: device)
            }
            guard let header = header(at: place, tell), let found = try? restored(header, place, tell) else {
                continue
            }
            return found
        }
        return nil
    }

    private var array: UUID { assembly.leader.superblock.arrayUUID }

    /// Members with a slot of their own and its data.
    private var writable: [Assembly.Member] {
        assembly.members.filter { $0.standing == .upToDate && $0.slot != nil }
    }

    /// The header at a place, if it is of this array and of its time.
    private func header(at place: Place, _ tell: (ReshapeRemark) -> Void) -> BackupHeader? {
        guard let header = (try? place.read(place.header, 1)).flatMap({ BackupHeader(reading: $0) }) else {
            tell(.noCopies(on: place.name))
            return nil
        }
        guard header.array == array else {
            tell(.foreignCopies(on: place.name))
            return nil
        }
        return isRecent(header, place.name, tell) ? header : nil
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
                guard let bytes = try? place.read(part.place, part.count) else { throw .tooShort }
                for piece in try restoration.pieces(of: part, bytes) { found.writes += writes(piece) }
            }
            guard found.writes.allSatisfy(isInside) else { throw .impossible }
            return found
        } catch {
            if error == .nothingToRestore, !header.parts.isEmpty { tell(.unneeded(on: place.name)) }
            throw .notRestored(path: place.name, error)
        }
    }

    /// The header stands once more before the first copy, where it is blotted out when the copy is needed no more.
    private func isConfirmed(_ header: BackupHeader, _ place: Place) -> Bool {
        guard let first = header.parts.first?.place, first >= BackupHeader.sectors,
            let block = try? place.read(first - BackupHeader.sectors, 1)
        else { return false }
        return BackupHeader(reading: block) == header
    }

    private func writes(_ piece: Restoration.Piece) -> [DeviceWrite] {
        writable.filter { $0.slot == piece.slot }.map { member in
            DeviceWrite(
                device: member.path, offset: Sectors(member.superblock.dataStart.rawValue &+ piece.offset).bytes,
                bytes: piece.bytes, content: .copies)
        }
    }

    private func isInside(_ write: DeviceWrite) -> Bool {
        guard let member = writable.first(where: { $0.path == write.device }) else { return false }
        let block = member.superblock
        let end = block.dataStart.rawValue.addingReportingOverflow(block.componentSectors.rawValue)
        return !end.overflow && write.offset.rawValue / 512 + UInt64(write.bytes.count) / 512 <= end.partialValue
    }
}
