import MDModel
import Testing

@Suite struct LayoutNamesTests {
    private static let rows: [(Level, String, Int32?)] = [
        (.raid5, "ls", 2), (.raid5, "default", 2), (.raid5, "ddf-N-continue", 2),
        (.raid5, "left-symmetric-6", nil), (.raid6, "ddf-N-continue", 10), (.raid6, "right-symmetric-6", 19),
        (.raid0, "alternate", 2), (.raid10, "n2", 0x102), (.raid10, "f3", 0x301), (.raid10, "o2", 0x10201),
        (.raid10, "n0", nil), (.raid10, "n201", nil), (.raid10, "x2", nil), (.faulty, "rf20", 5 | 20 << 5),
        (.faulty, "none", 31), (.raid1, "n2", nil), (.raid10, "n+2", 0x102), (.raid10, "f 3", 0x301),
        (.raid10, "n-2", nil), (.raid10, "n2 ", nil), (.raid10, "n++2", nil),
    ]

    @Test(arguments: rows)
    func words(level: Level, word: String, number: Int32?) {
        #expect(LayoutNames.number(named: word, level: level) == number)
    }

    /// What is printed reads back as the same number.
    @Test func printedNamesReadBack() {
        for level in [Level.raid0, .raid5, .raid6] {
            for number: Int32 in 0..<32 {
                guard let name = LayoutNames.name(of: number, level: level) else { continue }
                #expect(LayoutNames.number(named: name, level: level) == number)
            }
        }
        #expect(LayoutNames.name(of: 2, level: .raid5) == "left-symmetric")
        #expect(LayoutNames.name(of: 6, level: .raid5) == nil)
    }
}
