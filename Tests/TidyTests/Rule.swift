/// One rule of the house, checked over all files at once.
struct Rule: Sendable {
    let name: String
    let check: @Sendable ([SourceFile]) -> [Violation]

    /// A rule that looks at one file at a time.
    init(_ name: String, eachFile check: @escaping @Sendable (SourceFile) -> [(line: Int, what: String)]) {
        self.name = name
        self.check = { files in
            files.flatMap { file in
                check(file).map { Violation(path: file.path, line: $0.line + 1, what: "\(name): \($0.what)") }
            }
        }
    }

    init(_ name: String, _ check: @escaping @Sendable ([SourceFile]) -> [Violation]) {
        self.name = name
        self.check = check
    }

    static var all: [Rule] { imports + bans + shapes + documentation + liveness }
}

/// Where a rule is broken.
struct Violation: Hashable, Sendable, CustomStringConvertible {
    let path: String
    let line: Int
    let what: String

    var description: String { "\(path):\(line): \(what)" }
}
