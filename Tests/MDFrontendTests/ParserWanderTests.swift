import MDFrontend
import MDKernel
import MDSimulator
import Testing

@Suite struct ParserWanderTests {
    /// Lines of random options, arguments and operands end in some outcome, and a refusal says why.
    /// The seed is fixed, so a failure repeats.
    @Test func anyLineHasAnOutcome() {
        var random = SeededGenerator(seed: 4_606)
        let options = OptionTable.longOptions.map { "--" + $0.name }
            + "ABCDEFGIQhXYWvqsfRSow1tyZcilpmnxudzUNekbar".map { "-\($0)" }
        let others = [
            "/dev/md0", "md1", "/dev/sda", "missing", "", "1", "2", "4K", "max", "-1", "raid1", "raid5",
            "n2", "internal", "clustered", "1.2", "name", "00112233:44556677:8899aabb:ccddeeff",
            "1:/dev/sdb", "=", "--", "\u{1b}",
        ]
        for _ in 0..<5_000 {
            var words: [String] = []
            for _ in 0..<Int.random(in: 1...7, using: &random) {
                let source = Bool.random(using: &random) ? options : others
                words.append(source.randomElement(using: &random) ?? "")
            }
            guard case .ended(let status, let messages) = read(words).outcome else { continue }
            #expect((0...2).contains(status), "\(words)")
            #expect(!messages.isEmpty, "\(words)")
            #expect(messages.allSatisfy { !$0.text.unicodeScalars.contains("\u{1b}") }, "\(words)")
        }
    }
}
