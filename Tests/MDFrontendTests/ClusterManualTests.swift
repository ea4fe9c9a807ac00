import Testing

/// What a command on a clustered array can say is explained in man/swmdadm-cluster.7, word for word.
@Suite struct ClusterManualTests {
    /// A piece of a file of words that is about clusters: from one line that begins like this to the next one.
    struct Passage: Sendable, CustomTestStringConvertible {
        let file: String
        var from = "extension"
        var to: String?

        var testDescription: String { "\(file): \(from)" }

        func text() throws -> String {
            let lines = try repositoryText("Sources/MDFrontend/\(file)").split(separator: "\n")
            let first = try #require(lines.firstIndex { $0.contains(from) }, "\(from)")
            guard let to else { return lines[first...].joined(separator: "\n") }
            let last = try #require(lines[first...].firstIndex { $0.contains(to) }, "\(to)")
            return lines[first..<last].joined(separator: "\n")
        }
    }

    static let passages = [
        Passage(file: "Cluster/ClusterWords.swift"),
        Passage(file: "../ClusterOps/NoticeWords.swift"),
        Passage(file: "Cluster/ClusterStatusText.swift", from: "extension ClusterTrouble"),
        Passage(file: "Cluster/ClusterRunner.swift", from: "voice.note", to: "voice.report"),
        Passage(file: "Resync/ResyncWords.swift", from: "static func runs", to: "default: return []"),
        Passage(file: "Manage/ManageWords.swift", from: "case .noAgent", to: "case .failed"),
        Passage(file: "Manage/ManageWords.swift", from: "case .badConfirmation", to: "case .confirm"),
        Passage(file: "Manage/ManageWords.swift", from: "case .refusedByNodes", to: "case .add,"),
        Passage(file: "Manage/ManageWords.swift", from: "extension NodeAnswer", to: "extension ManageOperand"),
        Passage(file: "Manage/ManageWords.swift", from: "extension ClusterAddDiagnosis"),
        Passage(file: "Assemble/AssembleWords.swift", from: "case .staysReadOnly", to: "case .nodeMissing"),
        Passage(file: "Assemble/AssembleWords.swift", from: "case .lockManagerMissing", to: "case .unknown"),
        Passage(file: "Assemble/AssembleRefusalWords.swift", from: "case .missingCluster", to: "case .member"),
        Passage(file: "Create/CreateWords.swift", from: "case .noClusterName", to: "case .notStarted"),
        Passage(file: "Create/CreateWords.swift", from: "func clusterHints", to: "default"),
        Passage(file: "Create/RefusalWords.swift", from: "case .nodesWithoutCluster", to: "case .bitmapNotMeaningful"),
    ]

    @Test(arguments: passages)
    func messagesAreExplained(passage: Passage) throws {
        let manual = try Self.manualWords()
        let words = Self.fixedWords(of: try passage.text())
        #expect(!words.isEmpty)
        for piece in words { #expect(manual.contains(piece), "not in the manual: \(piece)") }
    }

    @Test func fixedWordsAreFound() {
        let source = """
            case .one(let a): "a first thing \\(a.map { "\\($0) of" } ?? "none at all") piece, "
                + "and a second \\"one\\""
            case .two: "no"
            """
        #expect(Self.fixedWords(of: source) == ["a first thing", "piece, and a second \"one\""])
    }

    /// The page without its markup, on one line.
    private static func manualWords() throws -> String {
        var text = try repositoryText("man/swmdadm-cluster.7")
        let markup = ["\\-": "-", "\\(aq": "'", "\"\"": "\"", "\\e": "\\", "\\fI": "", "\\fP": ""]
        for (mark, plain) in markup { text = text.replacing(mark, with: plain) }
        return text.split(separator: "\n").joined(separator: " ")
    }

    /// The literals of a source without what is put into them; pieces of less than seven letters say too little.
    private static func fixedWords(of source: String) -> [String] {
        var scanner = LiteralScanner(rest: source.replacing(#/"\s*\+ "/#, with: "")[...])
        return scanner.pieces().map { String($0.trimmingPrefix { $0 == " " }) }
            .map { piece in String(piece.reversed().drop { $0 == " " }.reversed()) }
            .filter { $0.count { $0.isLetter } >= 7 }
    }
}

/// Cuts the literals of a Swift source at their interpolations.
private struct LiteralScanner {
    var rest: Substring

    mutating func pieces() -> [String] {
        var found: [String] = []
        while let character = rest.popFirst() {
            if character == "\"" { found += literal() }
        }
        return found
    }

    /// The pieces of the literal whose opening quote was just read.
    private mutating func literal() -> [String] {
        var found = [""]
        while let character = rest.popFirst(), character != "\"" {
            if character != "\\" {
                found[found.count - 1].append(character)
            } else if rest.first == "(" {
                skipInterpolation()
                found.append("")
            } else if let escaped = rest.popFirst() {
                found[found.count - 1].append(escaped)
            }
        }
        return found
    }

    /// Over an expression in parentheses, with the literals in it.
    private mutating func skipInterpolation() {
        var depth = 0
        while let character = rest.popFirst() {
            switch character {
            case "(": depth += 1
            case ")": depth -= 1
            case "\"": _ = literal()
            default: break
            }
            if depth == 0 { return }
        }
    }
}
