import MDFrontend
import MDLinux
import Testing

/// man/swmdadm-json.5 has every schema with every member, its type and its meaning, as the schemas say.
@Suite struct SchemaManualTests {
    private static let page = "man/swmdadm-json.5"
    private static let begin = ".\\\" begin\n"
    private static let end = ".\\\" end\n"

    /// UPDATE_SNAPSHOTS=1 writes the page, and still fails once.
    @Test func everyMemberIsExplained() throws {
        let text = try repositoryText(Self.page)
        let start = try #require(text.firstRange(of: Self.begin)).upperBound
        let stop = try #require(text.firstRange(of: Self.end)).lowerBound
        let wanted = text[..<start] + (try Schemas.names.map(Self.section).joined()) + text[stop...]
        if LinuxKernel().environment("UPDATE_SNAPSHOTS") == "1" {
            try LinuxKernel().replace(file: repositoryPath(Self.page), with: Array(String(wanted).utf8), mode: 0o644)
            Issue.record("\(Self.page) was written anew: look at it and commit it")
        }
        #expect(text == wanted, "run the tests with UPDATE_SNAPSHOTS=1")
    }

    private static func section(_ name: String) throws -> String {
        let schema = try Schemas.schema(name)
        return ".SS \(escaped("swmdadm.\(name)/1"))\n\(escaped(schema["description"]?.string ?? ""))\n"
            + members(of: schema)
    }

    private static func members(of schema: JSON) -> String {
        let rows = schema["properties"]?.members.filter { $0.name != "schema" } ?? []
        return rows.map { member in
            let words = member.value["enum"]?.elements.compactMap(\.string) ?? []
            let list = words.isEmpty ? "" : " One of: \(words.joined(separator: ", "))."
            let text = (member.value["description"]?.string ?? "") + list
            let inner = members(of: member.value) + members(of: member.value["items"] ?? .null)
            return ".TP\n.BR \(escaped(member.name)) \" (\(type(member.value)))\"\n\(escaped(text))\n"
                + (inner.isEmpty ? "" : ".RS\n\(inner).RE\n")
        }.joined()
    }

    private static func type(_ schema: JSON) -> String {
        let words = schema["type"]?.string.map { [$0] } ?? schema["type"]?.elements.compactMap(\.string) ?? []
        return words.joined(separator: " or ")
    }

    /// A hyphen is a minus sign, and no line begins with a dot.
    private static func escaped(_ text: String) -> String {
        let hyphens = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return hyphens.hasPrefix(".") || hyphens.hasPrefix("'") ? "\\&" + hyphens : hyphens
    }
}
