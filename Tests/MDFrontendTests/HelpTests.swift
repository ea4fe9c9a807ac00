import MDFrontend
import Testing

@Suite struct HelpTests {
    /// Every option of a mode is on its page, and every page of a mode that works has text.
    @Test(arguments: Mode.allCases.filter(\.isSupported))
    func pagesAreComplete(mode: Mode) {
        let page = HelpPage(.mode(mode), program: "mdadm").text
        for row in OptionTable.rows where row.isShown(in: mode) {
            #expect(page.contains("--\(row.id.rawValue)"), "--\(row.id.rawValue)")
        }
        #expect(page.hasPrefix("Usage: mdadm "))
        #expect(page.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test func commonOptionsHaveAPage() {
        let page = HelpPage(.options, program: "mdadm").text
        for row in OptionTable.rows where row.role == .neutral {
            #expect(page.contains("--\(row.id.rawValue)"), "--\(row.id.rawValue)")
        }
    }

    @Test func generalPageNamesEveryModeThatWorks() {
        let page = HelpPage(.general, program: "swmdadm").text
        for mode in Mode.allCases where mode.isSupported { #expect(page.contains("--\(mode.name)")) }
    }
}
