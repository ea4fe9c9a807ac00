import MDFrontend
import MDKernel
import Testing

@Suite struct OptionTableTests {
    @Test func everyOptionHasOneRow() {
        for id in OptionID.allCases {
            #expect(OptionTable.rows.filter { $0.id == id }.count == 1, "\(id)")
        }
        let names = OptionTable.longOptions.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: Mode.allCases)
    func aLetterMeansOneThing(in mode: Mode) {
        let letters = OptionTable.rows.filter { $0.letterModes.contains(mode) }.compactMap(\.letter)
        #expect(Set(letters).count == letters.count, "\(letters)")
    }

    /// A letter takes an argument for getopt exactly where its row wants one.
    @Test(arguments: Mode.allCases)
    func shapesAgree(in mode: Mode) {
        let short = OptionTable.shortOptions(in: mode)
        for row in OptionTable.rows where row.letterModes.contains(mode) {
            guard let letter = row.letter else { continue }
            #expect(short.contains(letter), "\(letter)")
            let takes = short.contains("\(letter):")
            #expect(takes == (row.argument == .required), "-\(letter) in \(mode) mode")
        }
    }

    /// Every prefix that mdadm accepts means the same here, and every one it finds ambiguous is.
    @Test func abbreviationsAreMdadms() throws {
        let rows = try repositoryText("Tests/Lab/cases/abbreviations.txt").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        #expect(rows.count > 600)
        for row in rows {
            let fields = row.split(separator: " ").map(String.init)
            let found = meaning(of: fields[0])
            if fields[1] == "ambiguous" {
                #expect(found == nil, "--\(fields[0])")
            } else {
                #expect(found?.names.contains(fields[1]) == true, "--\(fields[0]) is \(fields[1])")
            }
        }
    }

    /// What we added never makes ambiguous what mdadm accepts, and can itself be spelt out.
    @Test func additionsWork() {
        for id in [OptionID.join, .leave, .candidate, .nack, .clusterAgent, .clusterStatus, .json, .slot, .timeout, .dryRun, .resync] {
            #expect(meaning(of: id.rawValue)?.id == id)
        }
        #expect(meaning(of: "le")?.id == .level)
        #expect(meaning(of: "na")?.id == .name)
        #expect(meaning(of: "t")?.id == .test)
        #expect(meaning(of: "res")?.id == .restore)
    }

    private func meaning(of word: String) -> OptionRow? {
        guard case .option(let code, _) = scan(["--" + word, "x"]) else { return nil }
        return OptionTable.row(code: code, in: .start)
    }
}
