package import MDBytes

/// The 32 bytes that a resource carries for its holders (DLM_LVB_LEN of a lockspace made by a program).
package struct ValueBlock: Hashable, Sendable {
    package static let byteCount = 32

    /// All bytes zero: what a resource has that nobody has written to.
    package static let zero = ValueBlock()

    /// Little-endian words, so that a block is compared and copied without touching the heap.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    private init() {}

    /// The first 32 bytes of `bytes`, filled up with zeros.
    package init(_ bytes: some Sequence<UInt8>) {
        for (index, byte) in bytes.prefix(Self.byteCount).enumerated() { self[index] = byte }
    }

    /// The byte at `index`, 0 to 31.
    package subscript(index: Int) -> UInt8 {
        get { UInt8(truncatingIfNeeded: word(index / 8) >> UInt64(index % 8 * 8)) }
        set {
            let shift = UInt64(index % 8 * 8)
            setWord(index / 8, word(index / 8) & ~(0xff << shift) | UInt64(newValue) << shift)
        }
    }

    /// The little-endian integer at `field`.
    package subscript<Value>(field: Field<Value>) -> Value {
        get {
            var value: Value = 0
            for index in field.range.reversed() { value = value << 8 | Value(truncatingIfNeeded: self[index]) }
            return value
        }
        set {
            for (place, index) in field.range.enumerated() {
                self[index] = UInt8(truncatingIfNeeded: newValue >> Value(8 * place))
            }
        }
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { (0..<Self.byteCount).map { self[$0] } }

    package static func == (left: ValueBlock, right: ValueBlock) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }

    private func word(_ index: Int) -> UInt64 {
        switch index {
        case 0: words.0
        case 1: words.1
        case 2: words.2
        case 3: words.3
        default: preconditionFailure("a value block has 32 bytes")
        }
    }

    private mutating func setWord(_ index: Int, _ value: UInt64) {
        switch index {
        case 0: words.0 = value
        case 1: words.1 = value
        case 2: words.2 = value
        case 3: words.3 = value
        default: preconditionFailure("a value block has 32 bytes")
        }
    }
}

/// What a holder knows of a resource's value block.
package struct LockValue: Hashable, Sendable {
    package var block: ValueBlock
    /// Whether the block is what its last writer meant it to be. When not (DLM_SBF_VALNOTVALID) a writer went
    /// without writing, or a recovery may have brought back an older block; the next write makes it valid.
    package var isValid: Bool

    package init(_ block: ValueBlock, isValid: Bool = true) {
        self.block = block
        self.isValid = isValid
    }
}
