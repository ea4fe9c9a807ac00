/// Sizes of lines, files, functions and parameter lists.
extension Rule {
    static let lineLimit = 120
    static let fileLimit = 600
    static let functionLimit = 70
    static let parameterLimit = 6

    static var shapes: [Rule] {
        [
            Rule("line length", eachFile: { file in
                file.lines.enumerated().filter { $0.element.count > lineLimit }
                    .map { ($0.offset, "\($0.element.count) characters") }
            }),
            Rule("file length", eachFile: { file in
                file.lines.count > fileLimit ? [(0, "\(file.lines.count) lines")] : []
            }),
            Rule("function length", eachFile: { file in
                file.functions.filter { $0.length > functionLimit }.map { ($0.line, "\($0.length) lines") }
            }),
            Rule("parameters", eachFile: { file in
                // A memberwise initializer has as many as its type has fields.
                file.functions.filter { $0.parameters > parameterLimit && !$0.isInitializer }
                    .map { ($0.line, "\($0.parameters) parameters") }
            }),
        ]
    }
}

/// A function, initializer or subscript with a body.
struct FunctionShape: Hashable, Sendable {
    var line: Int
    var length: Int
    var parameters: Int
    var isInitializer: Bool
}

extension SourceFile {
    /// Every function with a body, found by its braces.
    var functions: [FunctionShape] {
        code.indices.compactMap { line in
            let text = code[line]
            let isInitializer = text.hasWord("init(") || text.hasWord("init?(") || text.hasWord("init<")
            let words = text.split(separator: " ").map(String.init)
            let isDeclared = words.contains("func") || words.contains { $0.hasPrefix("subscript") }
                || (isInitializer && words.first { !Self.modifiers.contains($0) }?.hasPrefix("init") == true)
            guard isDeclared else { return nil }
            return shape(from: line, isInitializer: isInitializer)
        }
    }

    private static let modifiers = ["package", "public", "private", "fileprivate", "internal", "convenience"]

    private func shape(from line: Int, isInitializer: Bool) -> FunctionShape? {
        var round = 0
        var braces = 0
        var parameters = 0
        var isPastList = false
        var nesting = 0
        for index in line..<code.count {
            for character in code[index] {
                switch character {
                case "(" : round += 1
                case ")":
                    round -= 1
                    if round == 0 { isPastList = true }
                case "[" where round == 1, "<" where round == 1: nesting += 1
                case "]" where round == 1, ">" where round == 1: nesting -= 1
                case ":" where round == 1 && !isPastList && nesting == 0: parameters += 1
                case "{" where round == 0: braces += 1
                case "}" where round == 0:
                    braces -= 1
                    if braces <= 0 {
                        return FunctionShape(
                            line: line, length: index - line + 1, parameters: parameters,
                            isInitializer: isInitializer)
                    }
                default: break
                }
            }
            // A requirement of a protocol ends without a body.
            if braces == 0, isPastList, index + 1 < code.count {
                let next = code[index + 1].trimmed
                let continues = next.hasPrefix("{") || next.hasPrefix("throws") || next.hasPrefix("->")
                    || next.hasPrefix("where") || next.hasPrefix("async") || next.hasPrefix(")")
                if !continues, !code[index].hasSuffix("->") { return nil }
            }
        }
        return nil
    }
}

extension String {
    var trimmed: Substring { drop { $0 == " " } }
}
