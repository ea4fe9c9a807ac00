/// An AUTO line: which arrays may be assembled that no ARRAY line names.
package struct AutoRule: Hashable, Sendable {
    /// The words in the order of the line.
    package var words: [String]

    package init(words: [String]) { self.words = words }

    /// What the rule says about arrays of a format.
    package enum Verdict: Hashable, Sendable { case yes, no, onlyLocal }

    /// Formats that a word can speak of.
    package enum Format: Hashable, Sendable {
        case version0, version1

        /// The words that mean it.
        var names: [String] {
            switch self {
            case .version0: ["0", "0.90", "00.90", "0.91"]
            case .version1: ["1", "1.x", "1.0", "1.1", "1.2", "1.00", "1.01", "1.02"]
            }
        }

        /// Whether a word of an AUTO line means it.
        fileprivate func isNamed(_ word: some StringProtocol) -> Bool {
            names.contains(String(word)) || self == .version1 && word == "default"
        }
    }

    /// The verdict about a format: the first word that speaks of it, `yes` where none does.
    /// Behind `homehost` a minus only shuts out the arrays of other hosts.
    package func verdict(for format: Format) -> Verdict {
        var refusal = Verdict.no
        for word in words.map({ $0.lowercased() }) {
            switch word {
            case "yes", "+all": return .yes
            case "no", "-all": return refusal
            case "homehost": refusal = .onlyLocal
            default:
                guard let sign = word.first, sign == "+" || sign == "-", format.isNamed(word.dropFirst())
                else { continue }
                return sign == "+" ? .yes : refusal
            }
        }
        return .yes
    }
}
