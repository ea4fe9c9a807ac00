package import MDBytes

/// Where a reshape that changes the number of disks of a raid4, 5 or 6 can be turned round by
/// `--update=revert-reshape`: at whole stripes both of the old and of the new shape. Positions are sectors of the
/// array, as `reshape_position` has them; `done` are sectors of each member, as `sync_completed` and `sync_max` count.
package struct TurningPoints: Hashable, Sendable {
    /// Sectors of the array from one point to the next.
    private let stride: UInt64
    private let dataDisks: UInt64
    private let componentSize: Sectors
    private let isBackwards: Bool
    package let isGrowing: Bool

    /// From the words of sysfs: `level`, `raid_disks`, `chunk_size`, `reshape_direction`. While an array is reshaped
    /// the second and third have the old number in parentheses. Nil where no number of disks changes.
    package init?(level: String, disks: String, chunk: String, direction: String, componentSize: Sectors) {
        guard let parityDisks = Level(named: level)?.parityDisks, let disks = Self.numbers(disks),
            disks.new != disks.old, let chunk = Self.numbers(chunk)
        else { return nil }
        let (old, new) = (Int64(clamping: disks.old) - parityDisks, Int64(clamping: disks.new) - parityDisks)
        guard let stride = Reshape.commonStripe((ByteCount(chunk.old), old), (ByteCount(chunk.new), new))
        else { return nil }
        self.stride = stride
        dataDisks = UInt64(new)
        self.componentSize = componentSize
        isBackwards = direction == "backwards"
        isGrowing = new > old
    }

    private static func numbers(_ text: String) -> (new: UInt64, old: UInt64)? {
        let words = text.split(separator: " ")
        guard let new = words.first.flatMap({ UInt64($0) }) else { return nil }
        guard words.count > 1 else { return (new, new) }
        return UInt64(words[1].dropFirst().dropLast()).map { (new, $0) }
    }

    /// How far to let it go from `position`: to the point behind the next one, for it may be past the next before it is
    /// told; the value of `sync_max`. Nil where the reshape ends before.
    package func halt(after position: UInt64) -> UInt64? {
        let point = position / stride
        if isBackwards {
            guard point > 1 else { return nil }
            return componentSize.subtracting(Sectors((point - 1) * stride / dataDisks))?.rawValue
        }
        let (target, overflow) = (point + 2).multipliedReportingOverflow(by: stride)
        guard !overflow, Sectors(target / dataDisks) < componentSize else { return nil }
        return target / dataDisks
    }

    /// The position of a reshape that has done so much of each member.
    package func position(done: UInt64) -> UInt64 {
        let members = isBackwards ? componentSize.subtracting(Sectors(done)) ?? .zero : Sectors(done)
        return members.rawValue.multipliedReportingOverflow(by: dataDisks).partialValue
    }

    /// Whether it can be turned round there.
    package func contains(position: UInt64) -> Bool { position % stride == 0 }
}
