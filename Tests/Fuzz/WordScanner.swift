import MDKernel

/// Long options with `=`, and operands.
struct WordsAsTheyAre: WordScanner {
    private var words: ArraySlice<String>

    init(_ arguments: [String]) { words = arguments.dropFirst() }

    mutating func next(short: String, long: [LongOption]) -> ScannedWord {
        guard let word = words.popFirst() else { return .end }
        guard word.hasPrefix("--") else { return .operand(word) }
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
        guard let row = long.first(where: { $0.name == parts[0] }) else { return .invalid }
        return .option(code: row.code, argument: parts.count > 1 ? parts[1] : nil)
    }
}
