internal import MDBytes
package import MDFormats
package import MDKernel

/// What a member's bad-block log tells.
package enum BadBlockAnswer: Hashable, Sendable {
    /// The member has no log.
    case unconfigured
    /// The log was never written to.
    case empty
    case log(BadBlockLog)
}

/// Why there is no answer.
package enum BadBlockRefusal: Error, Hashable, Sendable {
    case cannotOpen(SystemCallError)
    case noMetadata
    /// A partition table instead.
    case partitionTable
    /// Metadata 0.90, which has no room for a log.
    case version0
    /// The superblock places the log outside the device.
    case outside
    case unreadable(SystemCallError)
}

/// Reads the bad-block logs of members.
package struct BadBlockReader<K: Kernel>: Sendable {
    private let kernel: K
    private let format: SoughtFormat

    package init(kernel: K, format: SoughtFormat) {
        self.kernel = kernel
        self.format = format
    }

    /// The log of the member at `path`, which may be an image in a file.
    package func read(_ path: String) throws(BadBlockRefusal) -> BadBlockAnswer {
        let member: Member
        do throws(SystemCallError) {
            let handle = try kernel.open(path, .direct)
            let status = try kernel.status(of: handle)
            guard status.kind == .block || status.kind == .regular else { throw .init("open", .invalid, on: path) }
            member = try MemberReader.read(
                handle, path: path, device: status.device, also: .version0, kernel: kernel)
        } catch { throw .cannotOpen(error) }
        guard let found = member.superblock(as: format) else {
            let counts = [.any, .mbr].contains(format) && ExamineFacts.partitions(in: member.front) != nil
            throw counts ? .partitionTable : .noMetadata
        }
        guard case .version1(let superblock) = found else { throw .version0 }
        guard superblock.hasBadBlockLog else { return .unconfigured }
        guard superblock.features.contains(.badBlocks) else { return .empty }
        guard let extent = member.badBlockLog(of: superblock) else { throw .outside }
        do throws(SystemCallError) {
            let bytes = try member.bytes(of: extent, kernel: kernel)
            return .log(BadBlockLog(reading: bytes, shift: superblock.badBlockShift))
        } catch { throw .unreadable(error) }
    }
}
