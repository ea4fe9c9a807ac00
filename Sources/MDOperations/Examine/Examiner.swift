internal import MDBytes
package import MDFormats
package import MDKernel

/// Which metadata `--examine` looks for.
package enum ExamineFormat: Hashable, Sendable {
    /// Whatever is there; the newest wins.
    case any
    /// `-e 1`: any minor version.
    case version1
    /// `-e 1.N`
    case minor(SuperblockV1.MinorVersion)
    /// `-e 0.90` in any of its spellings, and `-e 0.swap`.
    case version0(SuperblockV0.ByteOrder)
    /// `-e mbr`
    case mbr
    /// A descriptor of metadata that this release cannot read.
    case unsupported(String)

    /// The descriptor of `-e` as typed; nil means that none was given.
    package init(descriptor: String?) {
        guard let descriptor else {
            self = .any
            return
        }
        let parts = descriptor.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.map { Int($0) }
        switch numbers {
        case [1]: self = .version1
        case [1, 0]: self = .minor(.atEnd)
        case [1, 1]: self = .minor(.atStart)
        case [1, 2]: self = .minor(.fourKiBIn)
        case [0], [0, 90], [0, 91]: self = .version0(.host)
        default:
            self =
                switch descriptor {
                case "default": .minor(.fourKiBIn)
                case "mbr": .mbr
                case "0.swap", "0.9": .version0(.foreign)
                default: .unsupported(descriptor)
                }
        }
    }
}

/// Gathers what `--examine` tells.
package struct Examiner<K: Kernel>: Sendable {
    private let kernel: K
    private let format: ExamineFormat
    private let namesDisks: Bool
    private let mendsSparc: Bool

    /// `namesDisks` false leaves out the nodes of the disks that a 0.90 superblock lists. With `mendsSparc` such
    /// superblocks come as they would be without what Linux 2.2 on Sparc did to them.
    package init(kernel: K, format: ExamineFormat, namesDisks: Bool = true, mendsSparc: Bool = false) {
        self.kernel = kernel
        self.format = format
        self.namesDisks = namesDisks
        self.mendsSparc = mendsSparc
    }

    /// Examines all devices at once; the answers keep the order.
    package func examine(_ paths: [String]) -> [ExamineFacts] {
        let found = MemberReader.inRounds(paths, look)
        return namesDisks ? naming(found) : found
    }

    private func look(at paths: [String]) -> [ExamineFacts] {
        let opened = paths.map { path in Result { () throws(SystemCallError) in try open(path) } }
        var members = MemberReader.read(opened, lookingForVersion0: true, kernel: kernel)
        MemberReader.readBitmapHeaders(of: &members, kernel: kernel)
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
        switch format {
        case .any: return try bestAnswer(member)
        case .version0(let order): return try version0(member, order)
        case .mbr:
            if let partitions = ExamineFacts.partitions(in: member.front) { return .partitions(partitions) }
            return .missed([member.front.count < 512 ? .partitionTableUnreadable : .noPartitionTable])
        case .unsupported(let descriptor): return .missed([.unsupportedFormat(descriptor)])
        case .version1: return try answer(member, among: member.findings)
        case .minor(let version):
            return try answer(member, among: member.findings.filter { $0.version == version })
        }
    }

    private func bestAnswer(_ member: Member) throws(SystemCallError) -> ExamineFacts.Answer {
        switch member.newest {
        case .version0(let block): return .version0(try facts(block, of: member))
        case .version1(let block): return .version1(try facts(block, of: member), missed: [])
        case nil: break
        }
        if let partitions = ExamineFacts.partitions(in: member.front) { return .partitions(partitions) }
        return .nothing(member.rejections.map { .rejected($0) })
    }

    /// The newest superblock among `findings`, and why the other places have none.
    private func answer(
        _ member: Member, among findings: [Member.Finding]
    ) throws(SystemCallError) -> ExamineFacts.Answer {
        var newest: SuperblockV1?
        var misses: [ExamineFacts.Miss] = []
        for finding in findings {
            switch finding.answer {
            case .superblock(let superblock):
                if superblock.creationStamp > newest?.creationStamp ?? 0 || newest == nil {
                    newest = superblock
                }
            case .other(let word): misses.append(.magic(word))
            case .rejected(let reason): misses.append(.rejected(reason))
            case .tooSmall: return .missed([.deviceTooSmall(member.size)])
            }
        }
        guard let newest else { return .missed(misses) }
        return .version1(try facts(newest, of: member), missed: misses)
    }

    /// What lies at the place of 0.90, in the byte order that was asked for.
    private func version0(
        _ member: Member, _ order: SuperblockV0.ByteOrder
    ) throws(SystemCallError) -> ExamineFacts.Answer {
        guard let block = member.version0Block else {
            return .missed([.deviceTooSmallForVersion0(try kernel.size(of: member.handle))])
        }
        guard let superblock = SuperblockV0(reading: block, order: order) else {
            return .missed([.magic(SuperblockV0.magic(of: block, order: order))])
        }
        guard superblock.majorVersion == 0 else {
            return .missed([.rejected(.unsupportedMajor(superblock.majorVersion))])
        }
        return .version0(try facts(superblock, of: member))
    }

    private func facts(_ superblock: SuperblockV0, of member: Member) throws(SystemCallError) -> Version0Facts {
        var superblock = superblock
        if mendsSparc {
            superblock.mendSparc()
            superblock.seal()
        }
        return Version0Facts(superblock: superblock, bitmap: try member.bitmapHeader(of: superblock, kernel: kernel))
    }

    private func facts(
        _ superblock: SuperblockV1, of member: Member
    ) throws(SystemCallError) -> Version1Facts {
        let bitmap = try member.bitmapHeader(of: superblock, kernel: kernel)
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
