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
        let minor = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first, minor, parts.count) {
        case ("1", _, 1): self = .version1
        case ("1", let minor?, 2) where (0...2).contains(minor):
            self = .minor([.atEnd, .atStart, .fourKiBIn][minor])
        case ("default", _, 1): self = .minor(.fourKiBIn)
        case ("mbr", _, 1): self = .mbr
        default: self = .unsupported(descriptor)
        }
    }
}

/// Gathers what `--examine` tells.
package struct Examiner<K: Kernel>: Sendable {
    private let kernel: K
    private let format: ExamineFormat

    package init(kernel: K, format: ExamineFormat) {
        self.kernel = kernel
        self.format = format
    }

    /// Examines all devices at once; the answers keep the order.
    package func examine(_ paths: [String]) -> [ExamineFacts] {
        kernel.concurrently(paths) { path in
            do throws(SystemCallError) {
                return ExamineFacts(path: path, answer: try answer(for: path))
            } catch {
                return ExamineFacts(path: path, answer: .unreadable(error))
            }
        }
    }

    private func answer(for path: String) throws(SystemCallError) -> ExamineFacts.Answer {
        let handle = try kernel.open(path, .direct)
        let status = try kernel.status(of: handle)
        guard status.kind == .block || status.kind == .regular else {
            throw SystemCallError("open", .invalid, on: path)
        }
        let member = try MemberReader.read(handle, path: path, device: status.device, kernel: kernel)
        switch format {
        case .any: return try bestAnswer(member)
        case .mbr:
            return ExamineFacts.partitions(in: member.front).map { .partitions($0) } ?? .missed([])
        case .unsupported(let descriptor): return .missed([.unsupportedFormat(descriptor)])
        case .version1: return try answer(member, among: member.findings)
        case .minor(let version):
            return try answer(member, among: member.findings.filter { $0.version == version })
        }
    }

    private func bestAnswer(_ member: Member) throws(SystemCallError) -> ExamineFacts.Answer {
        if let superblock = member.superblock {
            return .version1(try facts(superblock, of: member), missed: [])
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
