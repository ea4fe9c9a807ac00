import Testing

/// The rules of the house over the whole of Sources.
@Suite struct TidyTests {
    @Test(arguments: Rule.all.map(\.name))
    func sourcesAreTidy(_ name: String) throws {
        let rule = try #require(Rule.all.first { $0.name == name })
        let violations = rule.check(try Self.sources.get())
        for violation in violations { Issue.record("\(violation)") }
    }

    private static let sources = Result { try SourceFile.below("Sources") }
}

/// Each rule must catch a sample that breaks it and pass one that does not: a rule that cannot fail
/// checks nothing.
@Suite struct TidySelfTests {
    struct Sample: Sendable {
        var rule: String
        var path = "Sources/MDModel/Sample.swift"
        var bad: String
        var good: String
    }

    static let samples: [Sample] = [
        Sample(rule: "import", bad: "import MDLinux", good: "package import MDBytes\ninternal import MDFormats"),
        Sample(rule: "import", bad: "@testable import MDKernel", good: "// import MDKernel"),
        Sample(rule: "import", path: "Sources/MDBytes/A.swift", bad: "import Foundation", good: "let a = 1"),
        Sample(rule: "import", path: "Sources/Unheard/A.swift", bad: "let a = 1", good: ""),
        Sample(rule: "banned try!", bad: "let a = try! b()", good: "let a = try b() // try!"),
        Sample(rule: "banned as!", bad: "let a = b as! C", good: "let a = \"as!\""),
        Sample(rule: "banned @unchecked", bad: "final class A: @unchecked Sendable {}", good: "final class A: Sendable {}"),
        Sample(rule: "banned nonisolated(unsafe)", bad: "nonisolated(unsafe) let a = 1", good: "nonisolated func a() {}"),
        Sample(rule: "banned fatalError", bad: "fatalError()", good: "preconditionFailure()"),
        Sample(rule: "banned DispatchQueue", bad: "DispatchQueue.main.async {}", good: "let queue = 1"),
        Sample(rule: "banned NSLock", bad: "let lock = NSLock()", good: "let lock = Mutex(1)"),
        Sample(rule: "banned Task.detached", bad: "Task.detached { }", good: "let task = 1"),
        Sample(rule: "sleep", bad: "    sleep(1)", good: "    bitmap.daemonSleep(1)"),
        Sample(rule: "sleep", bad: "usleep(1)", good: "kernel.pause(one)"),
        Sample(rule: "force unwrap", bad: "let a = b!", good: "let a = !b"),
        Sample(rule: "force unwrap", bad: "let a = c()!.d", good: "if a != b {}"),
        Sample(rule: "force unwrap", bad: "let a = \"\\(b[0]!)\"", good: "let a = \"b!\""),
        Sample(rule: "global var", bad: "var a = 1", good: "let a = 1"),
        Sample(rule: "global var", bad: "    static var a = 1", good: "    static var a: Int { 1 }"),
        Sample(rule: "print", bad: "print(1)", good: "console.print(1)"),
        Sample(rule: "marker", bad: "// TODO: later", good: "// To do it now."),
        Sample(rule: "unsafe outside a back end", bad: "let a = unsafe b()", good: "let unsafely = 1"),
        Sample(
            rule: "unsafe without SAFETY", path: "Sources/MDLinux/A.swift", bad: "let a = unsafe b()",
            good: "// SAFETY: b keeps nothing.\nlet a = unsafe b()"),
        Sample(rule: "line length", bad: String(repeating: "a", count: 121), good: String(repeating: "a", count: 120)),
        Sample(
            rule: "file length", bad: String(repeating: "a\n", count: 600), good: String(repeating: "a\n", count: 500)),
        Sample(
            rule: "function length", bad: "func a() {\n" + String(repeating: "    b()\n", count: 70) + "}",
            good: "func a() {\n" + String(repeating: "    b()\n", count: 60) + "}"),
        Sample(
            rule: "function length",
            bad: "func a(\n    _ b: [Int: Int]\n) throws {\n" + String(repeating: "    if c { d() }\n", count: 70) + "}",
            good: "protocol A {\n    func a()\n" + String(repeating: "    var b: Int { get }\n", count: 80) + "}"),
        Sample(
            rule: "parameters", bad: "func a(_ b: B, c: C, d: D, e: E, f: F, g: G, h: H) {}",
            good: "func a(_ b: [B: C], c: C, d: D, e: E, f: F, g: G) {}"),
        Sample(rule: "undocumented", bad: "package func a() {}", good: "/// One.\npackage func a() {}"),
        Sample(rule: "undocumented", bad: "public struct A {}", good: "/// One.\n@frozen\npublic struct A {}"),
        Sample(
            rule: "undocumented", bad: "extension A {\n    package var b: Int { 1 }\n}",
            good: "extension A: B {\n    package var b: Int { 1 }\n}"),
        Sample(rule: "placeholder", bad: "// Nothing yet.", good: "struct A {}"),
        Sample(rule: "dead file", bad: "struct Unused {}", good: "@main struct Used {}"),
    ]

    @Test(arguments: samples.indices)
    func failsOnABadSample(_ index: Int) throws {
        let sample = Self.samples[index]
        let rule = try #require(Rule.all.first { $0.name == sample.rule })
        let bad = SourceFile(path: sample.path, text: sample.bad)
        #expect(!rule.check([bad]).isEmpty, "\(sample.rule) passes: \(sample.bad.prefix(60))")
        guard !sample.good.isEmpty else { return }
        let good = SourceFile(path: sample.path, text: sample.good)
        #expect(rule.check([good]).isEmpty, "\(sample.rule) fails: \(sample.good.prefix(60))")
    }

    @Test func everyRuleHasASample() {
        #expect(Set(Rule.all.map(\.name)) == Set(Self.samples.map(\.rule)))
    }

    @Test func commentsAndStringsAreNoCode() {
        let text = "let a = \"x \\(b(\"y\")) z\" // c\n/* d /* e */ f */ let g = #\"h\"i\"#; let j = \"\"\"\n k\n \"\"\""
        let words = SourceFile(path: "Sources/A/B.swift", text: text).words
        #expect(words == ["let", "a", "b", "g", "j"])
    }
}
