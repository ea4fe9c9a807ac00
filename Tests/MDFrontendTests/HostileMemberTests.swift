import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDOperations
import Testing

/// Superblocks that somebody else wrote to do harm, or that rotted. Goal: no crash, no endless output, no line
/// that a disk began; method: one field changed at a time, in every form.
@Suite struct HostileMemberTests {
    private static let surroundings = Surroundings(homeHost: "node1") { _ in
        LocalTime(year: 2026, month: 11, day: 24, hour: 9, minute: 54, second: 5, weekday: 2)
    }

    private func facts(_ change: (inout SuperblockV1) -> Void) -> Version1Facts {
        var superblock = SuperblockV1(roleCount: 128)
        superblock.level = 1
        superblock.raidDisks = 2
        superblock.size = Sectors(38912)
        superblock.dataSize = Sectors(38912)
        superblock.dataOffset = Sectors(2048)
        superblock.superOffset = Sectors(8)
        superblock.name = Array("node1:foo".utf8)
        change(&superblock)
        superblock.seal()
        return Version1Facts(superblock: superblock, bitmap: nil, deviceSize: Sectors(40960))
    }

    private func forms(_ facts: Version1Facts) -> [String] {
        var brief = ExamineBrief(verbose: true)
        brief.add(path: "/dev/sda", .version1(facts.superblock))
        return [
            ExamineReport(Self.surroundings).text(path: "/dev/sda", facts), brief.text, ExamineExport.text(facts),
        ]
    }

    @Test(arguments: [0, 0x100, 1, UInt32.max])
    func layoutOfTenWithoutCopies(layout: UInt32) {
        let texts = forms(facts { ($0.level, $0.layout) = (10, layout) })
        #expect(texts[0].contains("     Raid Level : raid10\n"))
    }

    @Test(arguments: [Int32.max, Int32.min, 77, -77])
    func unknownLevel(level: Int32) {
        let texts = forms(facts { $0.level = level })
        #expect(texts[0].contains("     Raid Level : -unknown-\n"))
        #expect(!texts[2].contains("MD_LEVEL"))
    }

    @Test(arguments: [0, 1, 2000, UInt32.max, 1 << 31])
    func absurdDeviceCounts(count: UInt32) {
        for level: Int32 in [0, 1, 5, 6, 10] {
            for text in forms(facts { ($0.level, $0.raidDisks, $0.layout) = (level, count, 0x102) }) {
                #expect(text.utf8.count < 8000)
            }
        }
    }

    @Test(arguments: [
        "a\nPROGRAM /tmp/x\nA=1", "\u{1b}[31m", "x$(id)`id`;\"' a/../../b", "..", "a\rb", "\u{202e}evil",
        "a\\x0ab", "\u{85}",
    ])
    func namesStayInTheirLine(name: String) {
        let before = forms(facts { _ in })
        for (text, plain) in zip(forms(facts { $0.name = Array(name.utf8) }), before) {
            #expect(text.split(separator: "\n").count == plain.split(separator: "\n").count)
            for scalar in text.unicodeScalars where scalar != "\n" { #expect(!scalar.isHostileToTerminals) }
        }
        let export = forms(facts { $0.name = Array(name.utf8) })[2]
        let value = export.split(separator: "\n").first { $0.hasPrefix("MD_NAME=") }?.dropFirst(8) ?? ""
        #expect(value.allSatisfy { $0.isLetter || $0.isNumber || "#+-.:=@_\\".contains($0) }, "\(value)")
    }

    /// What mdadm's users have stays as mdadm prints it.
    @Test(arguments: ["node1:foo", "any:data-1", "h.example.org:x_y", "é:ü", "0", "a=b#c+d@e"])
    func ordinaryNamesStay(name: String) {
        let texts = forms(facts { $0.name = Array(name.utf8) })
        #expect(texts[0].contains("           Name : \(name)"))
        #expect(texts[2].contains("MD_NAME=\(name)\n"))
    }

    @Test func nodeNamesStayInTheDirectory() {
        #expect(ExportWords.nodeName(Array("..".utf8)) == "_")
        #expect(ExportWords.nodeName(Array("../../etc/x".utf8)) == ".._.._etc_x")
        #expect(ExportWords.path("/dev/disk/by-id/a b") == "/dev/disk/by-id/a\\x20b")
    }

    @Test func roleConflictsAreShown() {
        let text = forms(facts { superblock in
            for number in 0..<3 { superblock.setRole(.active(0), of: number) }
        })[0]
        #expect(text.contains("   Array State : ?. ("))
        #expect(text.contains("\nWARNING Array state is inconsistent - each number should appear only once\n 0:0 1:0 2:0 3:-"))
    }

    @Test func wrongChecksum() {
        var superblock = facts { _ in }.superblock
        let right = superblock.checksum
        superblock.events = 9
        let text = forms(Version1Facts(superblock: superblock, bitmap: nil, deviceSize: Sectors(40960)))[0]
        #expect(text.contains("       Checksum : \(right.hex()) - expected \((right + 9).hex())\n"))
    }

    @Test(arguments: [
        (UInt64(40960), "before=1968 sectors, after=0 sectors", "clean"),
        (30000, "before=1968 sectors, after=-10959 sectors DEVICE TOO SMALL", "clean TRUNCATED DEVICE"),
        (50000, "before=1968 sectors, after=9040 sectors", "clean"),
    ])
    func unusedSpace(size: UInt64, space: String, state: String) {
        var found = facts { $0.resyncOffset = .max }
        found.deviceSize = Sectors(size)
        let text = forms(found)[0]
        #expect(text.contains("   Unused Space : \(space)\n"))
        #expect(text.contains("          State : \(state)\n"))
    }
}
