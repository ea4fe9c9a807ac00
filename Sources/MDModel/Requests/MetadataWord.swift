package import MDFormats

/// A word for a metadata format, as `-e` and mdadm.conf take it.
package enum MetadataWord: Hashable, Sendable {
    /// 0.90 in the byte order that the word speaks of.
    case version0(SuperblockV0.ByteOrder)
    /// 1.x; nil where any place will do.
    case version1(SuperblockV1.MinorVersion?)
    /// `ddf`, `imsm`: the formats of others.
    case external(String)
    /// `mbr`, `gpt`
    case partitionTable(String)

    /// Zeros in front of a number do not count. Nil for a word that means nothing.
    package init?(_ word: String) {
        switch Self.withoutLeadingZeros(word) {
        case "", "0", "0.90", "0.91": self = .version0(.host)
        case "0.9", "0.swap": self = .version0(.foreign)
        case "1": self = .version1(nil)
        case "1.0", "1.00": self = .version1(.atEnd)
        case "1.1", "1.01": self = .version1(.atStart)
        case "1.2", "1.02", "default": self = .version1(.fourKiBIn)
        default:
            if Self.externals.contains(word) {
                self = .external(word)
            } else if Self.partitionTables.contains(word) {
                self = .partitionTable(word)
            } else {
                return nil
            }
        }
    }

    static let externals = ["ddf", "imsm"]
    static let partitionTables = ["mbr", "gpt"]

    private static func withoutLeadingZeros(_ word: String) -> Substring {
        var rest = Substring(word)
        while rest.hasPrefix("0"), let second = rest.dropFirst().first, second != "." { rest.removeFirst() }
        return rest
    }
}
