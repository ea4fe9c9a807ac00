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
            for (place, index) in field.range.enumerated() {
                self[index] = UInt8(truncatingIfNeeded: newValue >> Value(8 * place))
            }
        }
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
