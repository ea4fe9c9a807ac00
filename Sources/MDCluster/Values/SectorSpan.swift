/// A half-open range of an array's sectors, as the cluster's messages spell it: (0, 0) is none.
package struct SectorSpan: Hashable, Sendable {
    package var low: UInt64
    package var high: UInt64

    package init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }

    package static let none = SectorSpan(0, 0)
    /// Everything: what is assumed of a peer whose range cannot be read.
    package static let whole = SectorSpan(0, .max)

    /// Ends at or before its start, so that it holds no sector.
    package var isEmpty: Bool { high <= low }

    /// Whether some sector is in both.
    package func meets(_ other: SectorSpan) -> Bool {
        !isEmpty && !other.isEmpty && other.high > low && other.low < high
    }
}
