import MDModel
import Testing

/// As mdadm 4.6 answered for each of these.
@Suite struct UdevRulesTests {
    private func rules(_ text: String) -> [String] {
        var configuration = Configuration()
        configuration.read(Array(text.utf8))
        return UdevRules.lines(for: configuration.policies, program: "/usr/sbin/mdadm")
    }

    private func rule(_ condition: String) -> String {
        "ACTION==\"add\", SUBSYSTEM==\"block\", \(condition), RUN+=\"/usr/sbin/mdadm --incremental $env{DEVNAME}\""
    }

    @Test func placesWhoseDisksMayBecomeSparesHaveOne() {
        let lines = "POLICY path=pci-0000* action=spare-same-slot\nPART-POLICY path=p* action=force-spare type=disk\n"
        #expect(
            rules(lines) == [
                rule("ENV{DEVTYPE}==\"part\", ENV{ID_PATH}==\"p*\""), rule("ENV{ID_PATH}==\"pci-0000*\""),
            ])
    }

    @Test(arguments: ["include", "re-add", "spare"])
    func otherActionsHaveNone(action: String) {
        #expect(rules("POLICY path=a action=force-spare action=\(action)\n").isEmpty)
    }

    @Test func unknownActionsRankHighest() {
        #expect(rules("POLICY path=t action=junk\n") == [rule("ENV{ID_PATH}==\"t\"")])
    }

    @Test func theLastWordAndTheNewestLineCount() {
        let lines = "POLICY path=a path=b type=disk action=force-spare\nPOLICY path=b type=part action=force-spare\n"
        #expect(rules(lines) == [rule("ENV{DEVTYPE}==\"part\", ENV{ID_PATH}==\"b\"")])
        #expect(rules("POLICY action=force-spare\nPOLICY path=zz domain=y\n").isEmpty)
    }

    /// `d` stands for a POLICY line, `p` for a PART-POLICY line, all of one place; the oldest first.
    @Test(arguments: [("dd", "d"), ("pp", "p"), ("dp", "pd"), ("pd", "d"), ("pdp", "pd"), ("ppd", "d"), ("dpp", "pd")])
    func aPartPolicyLeavesRoomForAPolicy(lines: String, expected: String) {
        let text = lines.map { ($0 == "p" ? "PART-" : "") + "POLICY path=x action=force-spare\n" }.joined()
        let conditions = ["d": "ENV{ID_PATH}==\"x\"", "p": "ENV{DEVTYPE}==\"part\", ENV{ID_PATH}==\"x\""]
        #expect(rules(text) == expected.map { rule(conditions[String($0)] ?? "") })
    }
}
