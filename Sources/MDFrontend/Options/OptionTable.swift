package import MDKernel

/// Every option there is. getopt's tables, acceptance by mode, help, completions and the checks of the
/// manual come from here.
package enum OptionTable {
    package static let rows: [OptionRow] = {
        let parts = [
            modeRows, memberRows, miscRows, neutralRows, shapeRows, conductRows, monitorRows, clusterRows,
        ]
        // Every start goes through here: no row is copied twice.
        var rows: [OptionRow] = []
        rows.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { rows.append(contentsOf: part) }
        return rows
    }()

    /// Abbreviations mdadm accepts which an option of ours would make ambiguous: spelt out, since getopt
    /// prefers an exact match.
    package static let keptAbbreviations: [(word: String, meaning: OptionID)] = [
        ("exp", .export), ("le", .level), ("na", .name), ("t", .test),
        ("cl", .clusterConfirm), ("clu", .clusterConfirm),
        ("clus", .clusterConfirm), ("clust", .clusterConfirm), ("cluste", .clusterConfirm),
        ("cluster", .clusterConfirm), ("cluster-", .clusterConfirm), ("res", .restore),
    ]

    /// Codes of long spellings start above every letter.
    private static let firstCode: Int32 = 1000

    /// The rows for getopt_long: synonyms share a code, so that an abbreviation which fits only them is
    /// no ambiguity.
    package static let longOptions: [LongOption] = {
        var options: [LongOption] = []
        options.reserveCapacity(2 * rows.count)
        func add(_ name: String, _ index: Int) {
            let code = firstCode + Int32(index)
            options.append(LongOption(name: name, argument: rows[index].argument, code: code))
        }
        for index in rows.indices {
            add(rows[index].id.rawValue, index)
            for name in rows[index].synonyms { add(name, index) }
        }
        for kept in keptAbbreviations {
            if let index = rows.firstIndex(where: { $0.id == kept.meaning }) { add(kept.word, index) }
        }
        return options
    }()

    /// getopt's short options while `mode` is in force: `-b`, `-a` and `-r` change their shape.
    package static func shortOptions(in mode: Mode) -> String {
        let fixed = "ABCDEFGIQhVXYWvqsfRSow1tyZ:c:i:l:p:m:n:x:u:d:z:U:N:e:k:"
        switch mode {
        case .monitor: return fixed + "bar:"
        case .manage, .grow: return fixed + "b:ar"
        case .assemble, .build, .create, .incremental: return fixed + "b:a:r"
        default: return fixed + "bar"
        }
    }

    /// What getopt's `code` means while `mode` is in force, or nil where it means nothing.
    package static func row(code: Int32, in mode: Mode) -> OptionRow? {
        if code >= firstCode {
            let index = Int(code - firstCode)
            return rows.indices.contains(index) ? rows[index] : nil
        }
        guard let letter = letter(of: code) else { return nil }
        return rows.first { $0.letter == letter && $0.letterModes.contains(mode) }
    }

    /// How the option was spelt: its letter, or the long name that we teach.
    package static func spelling(code: Int32) -> String {
        if let letter = letter(of: code) { return "-\(letter)" }
        let index = Int(code - firstCode)
        return rows.indices.contains(index) ? "--" + rows[index].id.rawValue : "?"
    }

    private static func letter(of code: Int32) -> Character? {
        guard code < firstCode, let byte = UInt8(exactly: code) else { return nil }
        return Character(UnicodeScalar(byte))
    }
}
