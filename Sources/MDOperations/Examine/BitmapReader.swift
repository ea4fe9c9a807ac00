internal import MDBytes
package import MDFormats
package import MDKernel

/// Reads the bitmaps of members.
package struct BitmapReader<K: Kernel>: Sendable {
    private let kernel: K
    private let countsBits: Bool

    /// More than any bitmaps that md makes: damaged headers must not have a whole device read, or one part of it
    /// for each of a thousand nodes.
    private static var byteLimit: UInt64 { 256 << 20 }
    /// Bytes read at once while bits are counted.
    private static var step: UInt64 { 1 << 20 }

    /// `countsBits` false leaves the bits themselves unread.
    package init(kernel: K, countsBits: Bool) {
        self.kernel = kernel
        self.countsBits = countsBits
    }

    /// The bitmap on the device at `path`.
    package func read(_ path: String, format: SoughtFormat) throws(BitmapRefusal) -> BitmapFacts {
        let member = try member(path)
        guard let superblock = member.superblock(as: format) else {
            throw format == .any ? .noMetadata : .noBitmap
        }
        let facts: BitmapFacts?
        do throws(SystemCallError) {
            switch superblock {
            case .version0(let block): facts = try self.facts(of: block, on: member)
            case .version1(let block): facts = try self.facts(of: block, on: member)
            }
        } catch { throw .cannotOpen(error) }
        guard let facts else { throw .noBitmap }
        return facts
    }

    /// The bitmap behind a 0.90 superblock; nil where there is none of this array.
    private func facts(
        of superblock: SuperblockV0, on member: Member
    ) throws(SystemCallError) -> BitmapFacts? {
        let header = try member.bitmapHeader(of: superblock, kernel: kernel)
        let known = Version0Facts(superblock: superblock, bitmap: header)
        guard known.superblock.state.contains(.bitmapPresent), let header,
            let place = superblock.bitmapPlace(onDeviceOf: member.size)
        else { return nil }
        var facts = try facts(header, at: place, on: member)
        facts.isVersion0 = true
        return facts
    }

    /// The bitmap that `superblock` points to; nil where there is none of this array.
    package func facts(
        of superblock: SuperblockV1, on member: Member
    ) throws(SystemCallError) -> BitmapFacts? {
        let header = try member.bitmapHeader(of: superblock, kernel: kernel)
        let known = Version1Facts(superblock: superblock, bitmap: header, deviceSize: member.size)
        guard let header = known.bitmap, let place = superblock.bitmapPlace else { return nil }
        return try facts(header, at: place, on: member)
    }

    /// A damaged header may ask for billions of nodes. No cluster has as many as these.
    private static var mostNodes: Int { 1024 }
    /// As many may be shown without a bitmap of theirs.
    private static var usualNodes: Int { 128 }

    private func facts(
        _ header: BitmapSuperblock, at place: Sectors, on member: Member
    ) throws(SystemCallError) -> BitmapFacts {
        var start = place.bytes.rawValue
        guard header.isCountable else {
            let part = BitmapFacts.Part(header: header, bits: nil)
            return BitmapFacts(header: header, parts: [part], unreadableNode: nil)
        }
        var allowance = Self.byteLimit
        var parts = [try part(header, at: start, on: member, &allowance)]
        let stride = BitmapSuperblock.areaBytes(bits: header.coveredBits)
        for node in 1..<max(1, Int(header.nodes)) {
            start = start.addingReportingOverflow(stride).partialValue
            let extent = Extent(offset: ByteCount(start), count: BitmapSuperblock.byteCount)
            guard start < member.size.bytes.rawValue,
                let header = BitmapSuperblock(reading: try member.bytes(of: extent, kernel: kernel)),
                node < (header.hasMagic ? Self.mostNodes : Self.usualNodes)
            else { return BitmapFacts(header: header, parts: parts, unreadableNode: node) }
            parts.append(try part(header, at: start, on: member, &allowance))
        }
        return BitmapFacts(header: header, parts: parts, unreadableNode: nil)
    }

    private func member(_ path: String) throws(BitmapRefusal) -> Member {
        var kind = FileStatus.Kind.other
        do throws(SystemCallError) {
            let handle = try kernel.open(path, .direct)
            let status = try kernel.status(of: handle)
            kind = status.kind
            if kind == .block {
                return try MemberReader.read(
                    handle, path: path, device: status.device, also: [.version0, .bitmap], kernel: kernel)
            }
        } catch { throw .cannotOpen(error) }
        if kind == .regular { throw .notBlockDevice }
        throw .cannotOpen(SystemCallError("open", .invalid, on: path))
    }

    private func part(
        _ header: BitmapSuperblock, at start: UInt64, on member: Member, _ allowance: inout UInt64
    ) throws(SystemCallError) -> BitmapFacts.Part {
        guard countsBits else { return BitmapFacts.Part(header: header, bits: nil) }
        return BitmapFacts.Part(header: header, bits: try bits(of: header, at: start, on: member, &allowance))
    }

    /// Counts the bits behind `header`, in no more bytes than `allowance`, which shrinks by them.
    private func bits(
        of header: BitmapSuperblock, at start: UInt64, on member: Member, _ allowance: inout UInt64
    ) throws(SystemCallError) -> BitmapFacts.Bits {
        let total = header.coveredBits
        let wanted = min(total / 8 + (total % 8 > 0 ? 1 : 0), allowance)
        var done: UInt64 = 0
        var dirty: UInt64 = 0
        while done < wanted {
            let count = min(wanted - done, Self.step)
            let offset = ByteCount(start + UInt64(BitmapSuperblock.byteCount) + done)
            let bytes = try member.bytes(of: Extent(offset: offset, count: Int(count)), kernel: kernel)
            dirty += Self.count(bytes, limit: total - done * 8)
            done += UInt64(bytes.count)
            if bytes.count < count { break }
        }
        allowance -= done
        let seen = min(total, done * 8)
        return BitmapFacts.Bits(total: seen, dirty: dirty, isShort: seen < total)
    }

    /// Bits that are set among the first `limit` ones.
    private static func count(_ bytes: [UInt8], limit: UInt64) -> UInt64 {
        let words = bytes.count / 8
        var sum = bytes[(8 * words)...].reduce(0) { $0 + $1.nonzeroBitCount }
        for word in 0..<words { sum += bytes[Field<UInt64>(at: 8 * word)].nonzeroBitCount }
        if limit < UInt64(bytes.count) * 8, let last = bytes.last {
            sum -= (last >> UInt8(limit % 8)).nonzeroBitCount
        }
        return UInt64(sum)
    }
}

extension BitmapSuperblock {
    /// Versions whose bits are laid out as one bit a chunk.
    package var isCountable: Bool { (3...5).contains(version) }

    /// How many bits cover the array, in the wrapping arithmetic in which damaged headers are shown; 0 for a
    /// chunk size of 0.
    package var coveredBits: UInt64 {
        let bytes = syncSize.rawValue &* 512
        guard chunk > 0 else { return 0 }
        let (quotient, remainder) = bytes.quotientAndRemainder(dividingBy: UInt64(chunk))
        return quotient + (remainder > 0 ? 1 : 0)
    }
}
