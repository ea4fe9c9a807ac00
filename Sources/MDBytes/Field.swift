/// A little-endian integer at a fixed byte offset of an on-disk image.
///
/// A format's `Layout` is a list of these; nothing else knows an offset. Inlinable, as what reads and writes it is:
/// without knowing the type, a word costs a thousand instructions.
@usableFromInline
package struct Field<Value: FixedWidthInteger & Sendable>: Sendable {
    @usableFromInline package let offset: Int

    @inlinable
    package init(at offset: Int) { self.offset = offset }

    /// The bytes the field covers.
    @inlinable package var range: Range<Int> { offset..<offset + Value.bitWidth / 8 }
}

/// A run of bytes at a fixed offset of an on-disk image: a name, a uuid.
package struct BytesField: Sendable {
    package let range: Range<Int>

    package init(at offset: Int, count: Int) { range = offset..<offset + count }
}

extension [UInt8] {
    /// The integer at `field`. The image must be long enough: its decoder checked that.
    @inlinable package subscript<Value>(field: Field<Value>) -> Value {
        get {
            var value: Value = 0
            for index in field.range.reversed() {
                value = value << 8 | Value(truncatingIfNeeded: self[index])
            }
            return value
        }
        set {
            put(newValue, at: field.range)
        }
    }

    /// The same for words: superblocks are sums of a thousand.
    @inlinable package subscript(field: Field<UInt32>) -> UInt32 {
        get {
            let start = field.range.lowerBound
            let low = UInt32(self[start]) | UInt32(self[start + 1]) << 8
            return low | UInt32(self[start + 2]) << 16 | UInt32(self[start + 3]) << 24
        }
        set {
            put(newValue, at: field.range)
        }
    }

    @inlinable mutating func put<Value: FixedWidthInteger>(_ value: Value, at range: Range<Int>) {
        for (place, index) in range.enumerated() { self[index] = UInt8(truncatingIfNeeded: value >> Value(8 * place)) }
    }

    /// The bytes at `field`; setting pads with zeros and cuts what does not fit.
    package subscript(field: BytesField) -> [UInt8] {
        get { [UInt8](self[field.range]) }
        set {
            for (place, index) in field.range.enumerated() {
                self[index] = place < newValue.count ? newValue[place] : 0
            }
        }
    }
}
