import MDFrontend

/// A strict reader of RFC 8259 text, which knows nothing of how ours is written.
struct JSONReader {
    /// What is wrong, and how many bytes from the end.
    struct Mistake: Error {
        let what: String
        let left: Int
    }

    private var rest: Substring.UTF8View

    /// Reads one document; anything behind it is a mistake.
    static func read(_ text: String) throws -> JSON {
        var reader = JSONReader(rest: Substring(text).utf8)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.rest.isEmpty else { throw reader.mistake("text behind the document") }
        return value
    }

    private func mistake(_ what: String) -> Mistake { Mistake(what: what, left: rest.count) }

    private mutating func skipBlanks() {
        while let byte = rest.first, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { rest.removeFirst() }
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func value() throws -> JSON {
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .list(try list())
        case UInt8(ascii: "\""): return .text(try string())
        default: break
        }
        if take("null") { return .null }
        if take("true") { return .flag(true) }
        if take("false") { return .flag(false) }
        return try number()
    }

    /// Whole numbers only: no schema has others.
    private mutating func number() throws -> JSON {
        let digits = String(rest.prefix { "-0123456789.eE+".utf8.contains($0) }) ?? ""
        rest = rest.dropFirst(digits.utf8.count)
        let isPlain = digits == "0" || digits.first { $0 != "-" } != "0"
        guard isPlain, let number = Int(digits).map({ JSON.number($0) }) ?? UInt64(digits).map({ JSON.large($0) })
        else { throw mistake("\"\(digits)\" is no whole number") }
        return number
    }

    private mutating func list() throws -> [JSON] {
        var values: [JSON] = []
        _ = take("[")
        skipBlanks()
        if take("]") { return values }
        while true {
            values.append(try value())
            skipBlanks()
            if take("]") { return values }
            guard take(",") else { throw mistake("no comma in a list") }
        }
    }

    private mutating func object() throws -> [JSON.Member] {
        var members: [JSON.Member] = []
        _ = take("{")
        skipBlanks()
        if take("}") { return members }
        while true {
            skipBlanks()
            let name = try string()
            guard !members.contains(where: { $0.name == name }) else { throw mistake("\(name) twice") }
            skipBlanks()
            guard take(":") else { throw mistake("no colon") }
            members.append(JSON.Member(name: name, value: try value()))
            skipBlanks()
            if take("}") { return members }
            guard take(",") else { throw mistake("no comma in an object") }
        }
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw mistake("no text") }
        var text = ""
        while let scalar = String(rest)?.unicodeScalars.first {
            rest = rest.dropFirst(String(scalar).utf8.count)
            switch scalar {
            case "\"": return text
            case "\\": text.unicodeScalars.append(try escape())
            case _ where scalar.value < 0x20: throw mistake("a control character in a text")
            default: text.unicodeScalars.append(scalar)
            }
        }
        throw mistake("a text without end")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let letter = rest.popFirst() else { throw mistake("nothing behind a backslash") }
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "u"):
            let digits = String(rest.prefix(4)) ?? ""
            rest = rest.dropFirst(4)
            guard digits.utf8.count == 4, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
            else { throw mistake("\\u\(digits)") }
            return scalar
        default: throw mistake("an unknown escape")
        }
    }
}

extension JSON {
    /// A member of an object; nil where there is none.
    subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// An element of a list.
    subscript(index: Int) -> JSON? {
        guard case .list(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }

    var string: String? { if case .text(let text) = self { text } else { nil } }
    var members: [Member] { if case .object(let members) = self { members } else { [] } }
    var elements: [JSON] { if case .list(let values) = self { values } else { [] } }
}
