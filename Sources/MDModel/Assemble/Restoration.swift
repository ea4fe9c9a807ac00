internal import MDBytes
package import MDFormats

/// What is to be written to the members so that copies of a critical section take the place of what a reshape may
/// have overwritten halfway. They go where the new shape has them, and the reshape's position behind them.
package struct Restoration: Hashable, Sendable {
    /// What one slot gets.
    package struct Piece: Hashable, Sendable {
        package var slot: Int
        /// Sectors from the beginning of the member's data.
        package var offset: UInt64
        package var bytes: [UInt8]
    }

    /// Why copies cannot be put back.
    package enum Refusal: Error, Hashable, Sendable {
        /// They hold nothing of what was being copied when the reshape stopped.
        case nothingToRestore
        /// They were given up.
        case unconfirmed
        /// They, or the reshape, begin or end within a stripe.
        case notAligned
        /// Their file ends before they do.
        case tooShort
        /// The new shape is one that no array has.
        case impossible
        case tooLarge
    }

    /// More than any reshape keeps: whole stripes of both shapes, at most twice 16 MiB beyond that.
    package static let largest: UInt64 = 1 << 19

    /// The parts to restore, from the reshape's position on.
    package private(set) var parts: [BackupHeader.Part] = []
    /// Where the reshape stands afterwards.
    package private(set) var position: UInt64

    private let layout: ParityLayout
    private let chunk: UInt64
    private let isBackwards: Bool
    private var stripe: UInt64 { chunk * UInt64(layout.dataDisks) }

    /// Chooses what of a backup is to be restored: what lies before the position was done and may have changed since.
    package init(of reshape: Reshape, from header: BackupHeader) throws(Refusal) {
        guard let layout = reshape.endLayout, reshape.newChunk.sectors > .zero,
            reshape.newChunk.sectors.rawValue <= Self.largest
        else { throw .impossible }
        self.layout = layout
        chunk = reshape.newChunk.sectors.rawValue
        isBackwards = reshape.isBackwards
        position = reshape.position
        var rest = header.parts
        while let next = rest.firstIndex(where: { isDue($0) }) { try take(rest.remove(at: next)) }
        guard !parts.isEmpty else { throw .nothingToRestore }
    }

    private func isDue(_ part: BackupHeader.Part) -> Bool {
        let (end, overflow) = part.start.addingReportingOverflow(part.count)
        guard !overflow else { return false }
        return isBackwards ? part.start < position && position <= end : part.start <= position && position < end
    }

    private mutating func take(_ part: BackupHeader.Part) throws(Refusal) {
        guard part.count <= Self.largest else { throw .tooLarge }
        let (from, to) = isBackwards ? (part.start, position) : (position, part.start + part.count)
        guard from % stripe == 0, to % stripe == 0 else { throw .notAligned }
        parts.append(BackupHeader.Part(place: part.place + (from - part.start), start: from, count: to - from))
        position = isBackwards ? from : to
    }

    /// What the slots get of one of `parts`, whose bytes are these.
    package func pieces(of part: BackupHeader.Part, _ bytes: [UInt8]) throws(Refusal) -> [Piece] {
        guard UInt64(bytes.count) == part.count * 512 else { throw .tooShort }
        let first = part.start / stripe
        var held = [[UInt8]](repeating: [], count: layout.disks)
        let chunkBytes = Int(chunk) * 512
        for number in 0..<part.count / stripe {
            let start = Int(number) * layout.dataDisks * chunkBytes
            let data = (0..<layout.dataDisks).map { bytes[start + $0 * chunkBytes..<start + ($0 + 1) * chunkBytes] }
            for (slot, chunk) in layout.stripe(first + number).chunks(of: data) { held[slot] += chunk }
        }
        return held.enumerated().map { Piece(slot: $0, offset: first * chunk, bytes: $1) }
    }
}
