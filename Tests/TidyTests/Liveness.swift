/// No file without a use, none without contents.
extension Rule {
    static var liveness: [Rule] { [placeholder, dead] }

    private static var placeholder: Rule {
        Rule("placeholder", eachFile: { file in
            let hasContents = file.code.contains { text in
                ["struct", "class", "enum", "protocol", "extension", "func", "let", "typealias"]
                    .contains { text.hasWord($0) }
            }
            return hasContents ? [] : [(0, "declares nothing")]
        })
    }

    /// A file none of whose names is spoken elsewhere.
    private static var dead: Rule {
        Rule("dead file") { files in
            let words = files.map { ($0.path, $0.words) }
            return files.filter { file in
                // What the runtime calls, nobody here speaks of.
                guard !file.code.contains(where: { $0.hasWord("@main") || $0.hasPrefix("@c(") }) else { return false }
                let names = file.declaredNames
                guard !names.isEmpty else { return false }
                return !words.contains { path, words in path != file.path && !words.isDisjoint(with: names) }
            }.map { Violation(path: $0.path, line: 1, what: "dead file: nothing it declares is used elsewhere") }
        }
    }
}

extension SourceFile {
    /// Names that the file declares and others could speak. A conformance speaks for itself: its
    /// extended type counts.
    var declaredNames: Set<String> {
        var names: Set<String> = []
        for text in code {
            let words = text.split { !$0.isIdentifier && $0 != "?" }.map(String.init)
            for keyword in ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "case"] {
                guard let place = words.firstIndex(of: keyword), place + 1 < words.count else { continue }
                if text.hasWord("private") || text.hasWord("fileprivate") { continue }
                names.insert(words[place + 1])
            }
            if words.first == "extension", text.contains(":"), words.count > 1 { names.insert(words[1]) }
        }
        return names
    }
}
