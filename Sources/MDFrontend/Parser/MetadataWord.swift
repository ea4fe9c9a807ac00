/// The descriptors that `-e` knows.
enum MetadataWord {
    private static let known: Set<String> = [
        "", "0", "0.90", "0.91", "0.9", "0.swap", "1", "1.0", "1.1", "1.2", "1.00", "1.01", "1.02",
        "default", "ddf", "imsm", "mbr", "gpt",
    ]

    static func isKnown(_ word: String) -> Bool { known.contains(withoutLeadingZeros(word)) }

    /// Whether the word stands for a version-1 superblock.
    static func isVersion1(_ word: String) -> Bool {
        let plain = withoutLeadingZeros(word)
        return plain == "default" || plain == "1" || plain.hasPrefix("1.")
    }

    private static func withoutLeadingZeros(_ word: String) -> String {
        var rest = Substring(word)
        while rest.hasPrefix("0"), let second = rest.dropFirst().first, second.isASCII, second.isNumber {
            rest.removeFirst()
        }
        return String(rest)
    }
}
