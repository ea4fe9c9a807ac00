import MDModel
import MDOperations
import Testing

/// Expectations are what mdadm 4.6 did in the lab for the same words.
@Suite struct ArrayNamingTests {
    @Test(arguments: [
        ("foo", "/dev/md/foo", "foo", nil),
        ("/dev/md/foo", "/dev/md/foo", "foo", nil),
        ("/dev/md7", "/dev/md7", "7", 7),
        ("/dev/md_d7", "/dev/md_d7", "d7", 7),
        ("/dev/md007", "/dev/md007", "007", 7),
        ("7", "/dev/md/7", "7", 7),
        ("/dev/md/d7", "/dev/md/d7", "d7", 7),
        ("md7", "/dev/md/md7", "md7", nil),
        ("a b", "/dev/md/a b", "a b", nil),
    ] as [(String, String, String, Int?)])
    func operands(word: String, path: String, name: String, number: Int?) throws {
        let operand = try ArrayOperand(word)
        #expect(operand.path == path)
        #expect(operand.name == name)
        #expect(operand.number == number)
    }

    @Test(arguments: [
        ("/dev/md_foo", .badPath("/dev/md_foo", try: "/dev/md/md_foo")),
        ("/dev/foo", .badPath("/dev/foo", try: "/dev/md/foo")),
        ("/dev/md", .badPath("/dev/md", try: "/dev/md/md")),
        ("/dev/md/a/b", .badPath("/dev/md/a/b", try: nil)),
        ("./foo", .badPath("./foo", try: nil)),
        ("", .badLength("")),
        ("/dev/md/", .badLength("")),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .badLength("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("<ignore>", .keyword("<ignore>")),
        ("/dev/md/..", .keyword("..")),
    ] as [(String, ArrayOperand.Refusal)])
    func refusals(word: String, refusal: ArrayOperand.Refusal) {
        #expect(throws: refusal) { try ArrayOperand(word) }
    }

    @Test(arguments: [
        ("foo", nil, [], "md127"),
        ("foo", nil, [127, 126], "md125"),
        ("foo", "7", [], "md7"),
        ("foo", "md7", [], "md7"),
        ("foo", "7", [7], "md127"),
        ("/dev/md5", "7", [], "md5"),
    ] as [(String, String?, Set<Int>, String)])
    func numbers(word: String, name: String?, used: Set<Int>, kernelName: String) throws {
        let choice = try ArrayNaming.choose(
            operand: ArrayOperand(word), name: name, facts: NamingFacts(usedNumbers: used))
        #expect(choice.kernelName == kernelName)
    }

    @Test func numbersRunDownTwice() throws {
        #expect(try ArrayNaming.freeNumber(NamingFacts(usedNumbers: Set(0...127))) == 511)
        #expect(throws: ArrayNaming.Failure.noNumberLeft) {
            try ArrayNaming.freeNumber(NamingFacts(usedNumbers: Set(0...511)))
        }
    }

    @Test(arguments: [
        ("node1:foo", .local, [], "/dev/md/foo"),
        ("node1:foo", .local, ["/dev/md/foo"], "/dev/md/foo_0"),
        ("other:foo", .foreign, [], "/dev/md/other:foo"),
        ("foo", .foreign, [], "/dev/md/foo_0"),
        ("foo", .foreign, ["/dev/md/foo_0"], "/dev/md/foo_1"),
        ("imsm", .metadata, [], "/dev/md/imsm0"),
        ("a/b c\n", .local, [], "/dev/md/a-b_c_"),
        ("..", .local, [], "/dev/md127"),
    ] as [(String, NameTrust, Set<String>, String)])
    func storedNames(name: String, trust: NameTrust, used: Set<String>, path: String) throws {
        let choice = try ArrayNaming.choose(stored: name, trust: trust, facts: NamingFacts(usedPaths: used))
        #expect(choice.path == path)
    }

    @Test(arguments: ["/dev/md/7", "7"])
    func aNumberIsNotGivenTwice(word: String) throws {
        let operand = try ArrayOperand(word)
        #expect(throws: ArrayNaming.Failure.numberInUse(word: word)) {
            try ArrayNaming.choose(operand: operand, name: nil, facts: NamingFacts(usedPaths: ["/dev/md/7"]))
        }
    }

    @Test func aPathIsNotGivenTwice() throws {
        let operand = try ArrayOperand("foo")
        #expect(throws: ArrayNaming.Failure.pathInUse("/dev/md/foo")) {
            try ArrayNaming.choose(operand: operand, name: nil, facts: NamingFacts(usedPaths: ["/dev/md/foo"]))
        }
    }
}
