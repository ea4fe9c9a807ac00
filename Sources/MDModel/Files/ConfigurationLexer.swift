/// Splits mdadm.conf into entries: lists of words, the first the keyword.
///
/// A line that starts in column 0 begins an entry, one that starts with blank or tab continues the entry
/// before it. `#` starts a comment where a word could start. `'` and `"` quote, may open inside a word, are
/// dropped, and end with their line. Any bytes are accepted.
enum ConfigurationLexer {
    static func entries(of bytes: [UInt8]) -> [[String]] {
        var entries: [[String]] = []
        for line in bytes.split(separator: newline, omittingEmptySubsequences: true) {
            let found = words(of: line)
            guard !found.isEmpty else { continue }
            if isBlank(line[line.startIndex]), !entries.isEmpty {
                entries[entries.count - 1] += found
            } else {
                entries.append(found)
            }
        }
        return entries
    }

    private static let newline = UInt8(ascii: "\n")

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    /// As C has it, a word ends at a NUL.
    private static func text(_ word: [UInt8]) -> String { String(decoding: word.prefix { $0 != 0 }, as: UTF8.self) }

    private static func words(of line: ArraySlice<UInt8>) -> [String] {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in line {
            if let open = quote {
                if byte == open { quote = nil } else { word?.append(byte) }
            } else if isBlank(byte) {
                if let finished = word { words.append(text(finished)) }
                word = nil
            } else if byte == UInt8(ascii: "#"), word == nil {
                break
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                word = word ?? []
            } else {
                if word == nil { word = [byte] } else { word?.append(byte) }
            }
        }
        if let finished = word { words.append(text(finished)) }
        return words
    }
}
