/// Every symbol that other targets see says what it promises.
extension Rule {
    static var documentation: [Rule] {
        [
            Rule("undocumented") { files in
                let promised = files.map(\.requirements).reduce(into: Set()) { $0.formUnion($1) }
                return files.flatMap { file in
                    file.visibleDeclarations
                        .filter { !promised.contains($0.name) && !file.isDocumented($0.line) }
                        .map { Violation(path: file.path, line: $0.line + 1, what: "undocumented: \($0.name)") }
                }
            }
        ]
    }
}

extension SourceFile {
    /// Names of the functions that protocols here require; a conformance need not explain them again.
    var requirements: Set<String> {
        var names: Set<String> = []
        var depth = 0
        var isInside = false
        for text in code {
            if text.hasWord("protocol"), depth == 0 { isInside = true }
            let words = text.split { !$0.isIdentifier }.map(String.init)
            if isInside, let place = words.firstIndex(of: "func"), place + 1 < words.count {
                names.insert(words[place + 1])
            }
            depth += text.filter { $0 == "{" }.count - text.filter { $0 == "}" }.count
            if depth == 0, text.contains("}") { isInside = false }
        }
        return names
    }

    /// Declarations with `package` or `public` that need a comment: types, functions and computed values.
    ///
    /// A stored field is explained by its type, a window onto an image by its format's `Layout`, a plain
    /// initializer by its fields, and a member of a conformance by the requirement.
    var visibleDeclarations: [(line: Int, name: String)] {
        var found: [(Int, String)] = []
        var conformances: [Int] = []
        var depth = 0
        for (line, text) in code.enumerated() {
            let words = text.split(separator: " ").map(String.init)
            if !words.isEmpty, conformances.isEmpty, let name = needyName(words, text) { found.append((line, name)) }
            let opens = text.filter { $0 == "{" }.count
            let closes = text.filter { $0 == "}" }.count
            if words.contains("extension"), isConformance(line) { conformances.append(depth) }
            depth += opens - closes
            if let last = conformances.last, depth <= last, opens + closes > 0 { conformances.removeLast() }
        }
        return found.map { ($0.0, $0.1.prefix { $0.isIdentifier }.isEmpty ? $0.1 : String($0.1.prefix { $0.isIdentifier })) }
    }

    /// Whether an extension's head, which may span lines, adopts a protocol.
    private func isConformance(_ line: Int) -> Bool {
        var head = ""
        for text in code[line...].prefix(4) {
            head += text.prefix { $0 != "{" }
            if text.contains("{") { break }
        }
        let beforeWhere = head.firstRange(of: " where ").map { head[..<$0.lowerBound] } ?? head[...]
        return beforeWhere.contains(":")
    }

    private func needyName(_ words: [String], _ text: String) -> String? {
        guard words.contains("package") || words.contains("public"), !words.contains("import") else { return nil }
        for keyword in ["struct", "class", "enum", "protocol", "typealias", "func", "subscript"] {
            guard let place = words.firstIndex(where: { $0 == keyword || $0.hasPrefix(keyword + "(") }) else {
                continue
            }
            let name = place + 1 < words.count ? words[place + 1] : keyword
            return Self.inherited.contains { name.hasPrefix($0) } ? nil : name
        }
        guard let place = words.firstIndex(of: "var"), text.contains("{"), !text.contains("= "),
            !words.contains("override"), place + 1 < words.count, target != "MDFormats"
        else { return nil }
        let name = words[place + 1]
        return Self.inherited.contains { name.hasPrefix($0) } ? nil : name
    }

    /// Requirements of the standard library's protocols, which types adopt in their own declaration.
    private static let inherited = ["<", "==", "hash(", "description", "rawValue", "errorDescription", "next()", "+"]

    /// Whether the nearest line above that is no attribute is a doc comment.
    func isDocumented(_ line: Int) -> Bool {
        var above = line - 1
        while above >= 0, lines[above].trimmed.hasPrefix("@") { above -= 1 }
        return above >= 0 && lines[above].trimmed.hasPrefix("///")
    }
}
