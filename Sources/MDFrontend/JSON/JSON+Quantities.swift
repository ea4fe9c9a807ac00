internal import MDBytes

/// The units of every schema: sizes are bytes, times seconds since the epoch, uuids mdadm's four words.
extension JSON {
    /// A count without a unit, as it is.
    static func count(_ value: UInt64) -> JSON { Int(exactly: value).map { .number($0) } ?? .large(value) }

    /// A count, or null where there is none.
    static func count(_ value: UInt64?) -> JSON { value.map { .count($0) } ?? .null }

    /// Bytes; the largest number there is where 64 bits do not hold them.
    static func bytes(_ sectors: Sectors?) -> JSON { .count(sectors?.bytes.rawValue) }

    /// Bytes of so many sectors in one direction or the other.
    static func bytes(sectors: Int64) -> JSON {
        let (product, overflow) = sectors.multipliedReportingOverflow(by: 512)
        return .number(overflow ? (sectors < 0 ? .min : .max) : Int(product))
    }

    /// Bytes of so many KiB.
    static func bytes(kibibytes: UInt64?) -> JSON {
        guard let kibibytes else { return .null }
        let (product, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
        return .count(overflow ? .max : product)
    }

    /// Seconds since the epoch; null where nobody recorded a time.
    static func time(_ seconds: UInt64) -> JSON { seconds == 0 ? .null : .count(seconds) }

    /// Text from a disk: itself where it is well-formed UTF-8, else with `\xNN` for what is not ASCII; null where it is
    /// empty.
    static func text(bytes: [UInt8]) -> JSON {
        guard !bytes.isEmpty else { return .null }
        let decoded = String(decoding: bytes, as: UTF8.self)
        return .text(Array(decoded.utf8) == bytes ? decoded : bytes.escapedText)
    }

    /// A list of words.
    static func words(_ words: [String]) -> JSON { .list(words.map { .text($0) }) }

    /// A document of one of the schemas that the manual describes (swmdadm-json(5)).
    static func document(_ schema: String, _ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(
            [Member(name: "schema", value: .text("swmdadm.\(schema)/1"))]
                + members.map { Member(name: $0.key, value: $0.value) })
    }
}
