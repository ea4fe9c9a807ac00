/// An AUTO line: which arrays may be assembled that no ARRAY line names.
package struct AutoRule: Hashable, Sendable {
    /// The words in the order of the line.
    package var words: [String]

    package init(words: [String]) { self.words = words }

    /// What the rule says about arrays of a format.
    package enum Verdict: Hashable, Sendable { case yes, no, onlyLocal }

    /// The verdict about version-1 metadata: the first word that speaks of it, `yes` where none does.
    /// Behind `homehost` a minus only shuts out the arrays of other hosts.
    package var verdictForVersion1: Verdict {
        var refusal = Verdict.no
        for word in words.map({ $0.lowercased() }) {
            switch word {
            case "yes", "+all": return .yes
            case "no", "-all": return refusal
            case "homehost": refusal = .onlyLocal
            default:
                guard let sign = word.first, sign == "+" || sign == "-", Self.isVersion1(word.dropFirst())
                else { continue }
                return sign == "+" ? .yes : refusal
            }
        }
        return .yes
    }

    private static func isVersion1(_ word: Substring) -> Bool {
        ["1", "1.x", "1.0", "1.1", "1.2", "1.00", "1.01", "1.02", "default"].contains(String(word))
    }
}
