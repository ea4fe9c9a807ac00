/// Words and shapes that have no place below Sources.
extension Rule {
    static var bans: [Rule] {
        let words: [(String, String)] = [
            ("try!", "handle the error"), ("as!", "use as?"), ("@unchecked", "prove it"),
            ("nonisolated(unsafe)", "guard the state"), ("fatalError", "throw, or precondition"),
            ("DispatchQueue", "no Dispatch"), ("NSLock", "no Foundation"), ("Task.detached", "stay synchronous"),
        ]
        return words.map { word, instead in ban(word, instead) } + [
            sleep, forceUnwrap, globalVariable, printing, marker, unsafePlace, unsafeReason,
        ]
    }

    private static func ban(_ word: String, _ instead: String) -> Rule {
        Rule("banned \(word)", eachFile: { file in
            file.code.enumerated().filter { $0.element.hasWord(word) }.map { ($0.offset, instead) }
        })
    }

    private static var sleep: Rule {
        Rule("sleep", eachFile: { file in
            let names = ["sleep", "usleep", "nanosleep", "clock_nanosleep"]
            // The seam's own clock is where waiting is made.
            guard file.path != "Sources/MDLinux/LinuxKernel+Clock.swift" else { return [] }
            return file.code.enumerated().filter { line in names.contains { line.element.hasWord($0 + "(") } }
                .map { ($0.offset, "wait through the clock of the seam") }
        })
    }

    /// `name!`, `)!` and `]!`, but not `!=` or a prefix `!`.
    private static var forceUnwrap: Rule {
        Rule("force unwrap", eachFile: { file in
            file.code.enumerated().filter { $0.element.hasPostfixMark }.map { ($0.offset, "unwrap with guard or ??") }
        })
    }

    private static var globalVariable: Rule {
        Rule("global var", eachFile: { file in
            file.code.enumerated().filter { _, text in
                let isTopLevel = text.first.map { !$0.isWhitespace } ?? false
                let words = text.split(separator: " ").map(String.init)
                guard let place = words.firstIndex(of: "var") else { return false }
                let isStatic = words[..<place].contains("static")
                guard isStatic || isTopLevel else { return false }
                // A computed property opens a brace and stores nothing.
                return !text.contains("{") || text.contains("= ")
            }.map { ($0.offset, "no global state") }
        })
    }

    private static var printing: Rule {
        Rule("print", eachFile: { file in
            file.code.enumerated().filter { $0.element.hasWord("print(") || $0.element.hasWord("debugPrint(") }
                .map { ($0.offset, "write through the console of the seam") }
        })
    }

    private static var marker: Rule {
        Rule("marker", eachFile: { file in
            file.lines.enumerated().filter { line in
                ["TODO", "FIXME", "XXX", "HACK"].contains { line.element.hasWord($0) } && !line.element.contains("XXXXXX")
            }.map { ($0.offset, "finish it or write an issue") }
        })
    }

    private static var unsafePlace: Rule {
        Rule("unsafe outside a back end", eachFile: { file in
            guard !["MDLinux", "MDLocksDLM"].contains(file.target) else { return [] }
            return file.code.enumerated().filter { $0.element.hasWord("unsafe") }
                .map { ($0.offset, "only MDLinux and MDLocksDLM may") }
        })
    }

    /// A reason stands above: in the function it is for, or just before.
    private static let reach = 3

    private static var unsafeReason: Rule {
        Rule("unsafe without SAFETY", eachFile: { file in
            let functions = file.functions
            return file.code.enumerated().filter { line, text in
                // An attribute marks who must give the reason.
                guard text.hasWord("unsafe"), !text.trimmed.hasPrefix("@unsafe") else { return false }
                let enclosing = functions.last { $0.line <= line && line < $0.line + $0.length }?.line ?? line
                let first = max(0, min(enclosing, line - reach))
                return !file.lines[first...line].contains { $0.contains("// SAFETY:") }
            }.map { ($0.offset, "say above why it is sound") }
        })
    }
}

extension String {
    /// Whether `word` occurs with no identifier character beside it.
    func hasWord(_ word: String) -> Bool {
        var rest = self[...]
        while let found = rest.firstRange(of: word) {
            let before = found.lowerBound == startIndex ? nil : self[index(before: found.lowerBound)]
            let after = found.upperBound == endIndex ? nil : self[found.upperBound]
            let isBounded = word.first?.isIdentifier != true || before?.isIdentifier != true
            let endsWell = word.last?.isIdentifier != true || after?.isIdentifier != true
            if isBounded, endsWell, before != "." || !word.hasSuffix("(") { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    /// Whether a `!` stands behind a value.
    var hasPostfixMark: Bool {
        let characters = Array(self)
        return characters.indices.contains { place in
            guard characters[place] == "!", place > 0 else { return false }
            let before = characters[place - 1]
            let after = place + 1 < characters.count ? characters[place + 1] : " "
            guard before.isIdentifier || before == ")" || before == "]" || before == "?" else { return false }
            if after == "=" { return false }
            return !String(characters[..<place]).hasSuffix("try") && !String(characters[..<place]).hasSuffix(" as")
        }
    }
}
