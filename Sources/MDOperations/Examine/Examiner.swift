internal import MDBytes
internal import MDFormats
package import MDKernel

/// Gathers what `--examine` tells.
package struct Examiner<K: Kernel>: Sendable {
    private let kernel: K
    private let format: SoughtFormat
    private let namesDisks: Bool
    private let looksForBitmaps: Bool
    private let mendsSparc: Bool

    /// `namesDisks` false leaves out the nodes of the disks that a 0.90 superblock lists, `looksForBitmaps` false the
    /// headers of bitmaps. With `mendsSparc` such superblocks come as they would be without what Linux 2.2 on Sparc did
    /// to them.
    package init(
        kernel: K, format: SoughtFormat, namesDisks: Bool = true, looksForBitmaps: Bool = true, mendsSparc: Bool = false
    ) {
        self.kernel = kernel
        self.format = format
        self.namesDisks = namesDisks
        self.looksForBitmaps = looksForBitmaps
        self.mendsSparc = mendsSparc
    }

    /// Examines all devices at once; the answers keep the order.
    package func examine(_ paths: [String]) -> [ExamineFacts] {
        let found = MemberReader.inRounds(paths, look)
        return namesDisks ? naming(found) : found
    }

    private func look(at paths: [String]) -> [ExamineFacts] {
        let opened = paths.map { path in Result { () throws(SystemCallError) in try open(path) } }
        var members = MemberReader.read(
            opened, also: looksForBitmaps ? [.version0, .bitmap] : .version0, kernel: kernel)
        if looksForBitmaps { MemberReader.readBitmapHeaders(of: &members, kernel: kernel) }
        return zip(paths, members).map { path, member in
            do throws(SystemCallError) {
                return ExamineFacts(path: path, answer: try answer(for: try member.get()))
            } catch {
                return ExamineFacts(path: path, answer: .unreadable(error))
            }
        }
    }

    /// With the nodes of all disks that 0.90 superblocks list: looked up once, since it may take a walk through /dev.
    private func naming(_ found: [ExamineFacts]) -> [ExamineFacts] {
        let isNeeded = found.contains { if case .version0 = $0.answer { true } else { false } }
        guard isNeeded else { return found }
        let names = DeviceNames(kernel: kernel)
        return found.map { facts in
            guard case .version0(var answer) = facts.answer else { return facts }
            for disk in answer.superblock.shownDisks { answer.paths[disk.device] = names.path(of: disk.device) }
            return ExamineFacts(path: facts.path, answer: .version0(answer))
        }
    }

    private func open(_ path: String) throws(SystemCallError) -> MemberReader.Device {
        let handle = try kernel.open(path, .direct)
        let status = try kernel.status(of: handle)
        guard status.kind == .block || status.kind == .regular else {
            throw SystemCallError("open", .invalid, on: path)
        }
        return MemberReader.Device(handle: handle, path: path, number: status.device)
    }

    private func answer(for member: Member) throws(SystemCallError) -> ExamineFacts.Answer {
        let search = MetadataSearch(of: member, for: format)
        switch search.newest {
        case .version0(let block)?: return .version0(try facts(block, of: member))
        case .version1(let block)?: return .version1(try facts(block, of: member), missed: search.misses)
        case nil: return absence(from: member, search.misses)
        }
    }

    /// Without a superblock a partition table is worth showing, unless a superblock was asked for.
    private func absence(from member: Member, _ misses: [MetadataMiss]) -> ExamineFacts.Answer {
        guard [.any, .mbr].contains(format) else { return .missed(misses) }
        if let partitions = ExamineFacts.partitions(in: member.front) { return .partitions(partitions) }
        guard format == .mbr else { return .nothing(misses) }
        return .missed([member.front.count < 512 ? .partitionTableUnreadable : .noPartitionTable])
    }

    private func facts(_ superblock: SuperblockV0, of member: Member) throws(SystemCallError) -> Version0Facts {
        var superblock = superblock
        if mendsSparc {
            superblock.mendSparc()
            superblock.seal()
        }
        let bitmap = looksForBitmaps ? try member.bitmapHeader(of: superblock, kernel: kernel) : nil
        return Version0Facts(superblock: superblock, bitmap: bitmap)
    }

    private func facts(
        _ superblock: SuperblockV1, of member: Member
    ) throws(SystemCallError) -> Version1Facts {
        let bitmap = looksForBitmaps ? try member.bitmapHeader(of: superblock, kernel: kernel) : nil
        return Version1Facts(superblock: superblock, bitmap: bitmap, deviceSize: member.size)
    }
}

extension ExamineFacts {
    private static let bootSignature = Field<UInt16>(at: 510)

    /// The used entries of the MBR at the start of a device; nil where there is none.
    static func partitions(in front: [UInt8]) -> [Partition]? {
        guard front.count >= 512, front[bootSignature] == 0xaa55 else { return nil }
        return (0..<4).compactMap { index in
            let entry = 446 + 16 * index
            let count = front[Field<UInt32>(at: entry + 12)]
            guard count > 0 else { return nil }
            return Partition(
                index: index, start: front[Field<UInt32>(at: entry + 8)], count: count,
                type: front[Field<UInt8>(at: entry + 4)])
        }
    }
}
