import MDFrontend
import MDLinux
import Testing

@Suite struct CompletionTests {
    /// The committed scripts are what the table yields. UPDATE_SNAPSHOTS=1 writes them, and still fails once.
    @Test(arguments: CompletionScripts.files)
    func committedScriptsAreCurrent(file: String) throws {
        let wanted = CompletionScripts.script(for: file)
        if LinuxKernel().environment("UPDATE_SNAPSHOTS") == "1" {
            try LinuxKernel().replace(file: repositoryPath(file), with: Array(wanted.utf8), mode: 0o644)
            Issue.record("\(file) was written anew: look at it and commit it")
        }
        #expect(try repositoryText(file) == wanted, "run the tests with UPDATE_SNAPSHOTS=1")
    }

    /// Every option that works is offered in every shell.
    @Test(arguments: CompletionScripts.files)
    func everyOptionIsOffered(file: String) throws {
        let text = try repositoryText(file)
        for row in OptionTable.rows where row.isSupported && row.isInAModeThatWorks {
            let spelling = file.hasSuffix("fish") ? "-l \(row.id.rawValue) " : "--\(row.id.rawValue)"
            #expect(text.contains(spelling), "--\(row.id.rawValue)")
        }
    }

    /// Every option that works has an entry of its own in the manual, with its letter and its synonyms.
    @Test func manualIsComplete() throws {
        let manual = try repositoryText("man/swmdadm.8").replacing("\\-", with: "-")
        for row in OptionTable.rows where row.isSupported && row.isInAModeThatWorks {
            for name in row.names { #expect(manual.contains("--\(name)"), "--\(name)") }
            if let letter = row.letter { #expect(manual.contains("-\(letter)"), "-\(letter)") }
            let entries = manual.split(separator: "\n").filter { $0.hasPrefix(".B") }
            let spelling = "--\(row.id.rawValue)"
            #expect(entries.contains { $0.contains(spelling) }, "no entry for \(spelling)")
        }
    }

    /// What is understood and refused is listed as such in the manual.
    @Test func manualListsWhatIsMissing() throws {
        let manual = try repositoryText("man/swmdadm.8").replacing("\\-", with: "-")
        for row in OptionTable.rows where !row.isSupported && row.isInAModeThatWorks {
            #expect(manual.contains("--\(row.id.rawValue)"), "--\(row.id.rawValue)")
        }
    }
}

extension OptionRow {
    fileprivate var isInAModeThatWorks: Bool {
        Mode.allCases.contains { $0.isSupported && modes.contains($0) }
    }
}
