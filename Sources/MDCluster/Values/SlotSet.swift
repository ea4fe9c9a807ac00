/// A set of cluster slots, 0 to 63: as many as md keeps books on.
package struct SlotSet: Hashable, Sendable, Sequence {
    package var bits: UInt64

    package init(bits: UInt64 = 0) { self.bits = bits }

    package var isEmpty: Bool { bits == 0 }
    /// How many slots are in the set.
    package var count: Int { bits.nonzeroBitCount }

    /// The lowest slot in the set.
    package var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }

    /// Whether `slot` is in the set; setting adds or takes it.
    package subscript(slot: Int) -> Bool {
        get { slot >= 0 && slot < 64 && bits >> UInt64(slot) & 1 == 1 }
        set {
            let bit = UInt64(1) << UInt64(slot)
            bits = newValue ? bits | bit : bits & ~bit
        }
    }

    /// What is in both.
    package func intersection(_ other: SlotSet) -> SlotSet { SlotSet(bits: bits & other.bits) }

    /// From the lowest slot to the highest.
    package func makeIterator() -> Iterator { Iterator(rest: bits) }

    /// Walks a set upwards.
    package struct Iterator: IteratorProtocol {
        fileprivate var rest: UInt64

        /// The next slot.
        package mutating func next() -> Int? {
            guard rest != 0 else { return nil }
            defer { rest &= rest - 1 }
            return rest.trailingZeroBitCount
        }
    }
}
