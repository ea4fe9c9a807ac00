internal import MDBytes

/// A JSON value, as `--json` prints it. Members keep their order.
package indirect enum JSON: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int)
    /// A number that `Int` does not hold.
    case large(UInt64)
    case text(String)
    case list([JSON])
    case object([Member])

    /// A name and what it stands for.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSON

        package init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// An object of these members.
    package static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// The value, or null where there is none.
    package static func number(_ value: Int?) -> JSON { value.map { .number($0) } ?? .null }
    /// The text, or null where there is none.
    package static func text(_ value: String?) -> JSON { value.map { .text($0) } ?? .null }

    /// RFC 8259 text, indented by two.
    package var text: String { write(indent: "") }

    private func write(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .flag(let value): return value ? "true" : "false"
        case .number(let value): return "\(value)"
        case .large(let value): return "\(value)"
        case .text(let value): return Self.quoted(value)
        case .list(let values):
            return Self.block(values.map { $0.write(indent: inner) }, "[", "]", indent)
        case .object(let members):
            return Self.block(
                members.map { "\(Self.quoted($0.name)): \($0.value.write(indent: inner))" }, "{", "}", indent)
        }
    }

    private static func block(_ lines: [String], _ open: String, _ close: String, _ indent: String) -> String {
        guard !lines.isEmpty else { return open + close }
        return "\(open)\n" + lines.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)\(close)"
    }

    /// Quotes and backslashes escaped, and whatever a terminal obeys.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.isHostileToTerminals {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
