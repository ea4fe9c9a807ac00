import MDFrontend
import MDLinux

/// The schemas that are shipped, and what is wrong with a document by them. Knows the words of JSON Schema that ours
/// use, and refuses others; stricter than they are, since no member may be there that they do not name.
enum Schemas {
    static let names = [
        "archive", "badblocks", "bitmap", "cluster-status", "detail", "error", "examine", "explain", "membership", "plan", "query", "resync",
        "scan",
    ]

    static func schema(_ name: String) throws -> JSON {
        try JSONReader.read(repositoryText("schema/swmdadm-\(name).1.json"))
    }

    /// Reads `text` as one document and holds it to the schema that it names itself.
    static func complaints(about text: String) throws -> [String] {
        let document = try JSONReader.read(text)
        let title = document["schema"]?.string ?? ""
        guard title.hasPrefix("swmdadm."), title.hasSuffix("/1") else { return ["schema is \"\(title)\""] }
        return complaints(document, try schema(String(title.dropFirst(8).dropLast(2))), at: "")
    }

    private static let known: Set<String> = [
        "$schema", "title", "description", "type", "properties", "required", "items", "enum", "const", "minimum",
    ]

    static func complaints(_ value: JSON, _ schema: JSON, at place: String) -> [String] {
        var found = schema.members.filter { !known.contains($0.name) }.map { "\(place): no \($0.name) is known" }
        if let const = schema["const"], value != const { found.append("\(place): is not the constant") }
        if let words = schema["enum"], !words.elements.contains(value) { found.append("\(place): \(value) no word") }
        if case .number(let least)? = schema["minimum"], case .number(let number) = value, number < least {
            found.append("\(place): \(number) is below \(least)")
        }
        if let type = schema["type"] {
            let types = type.string.map { [$0] } ?? type.elements.compactMap(\.string)
            if !types.contains(value.type) { found.append("\(place): is \(value.type), not \(types)") }
        }
        switch value {
        case .object(let members):
            let names = Set(members.map(\.name))
            for name in schema["required"]?.elements.compactMap(\.string) ?? [] where !names.contains(name) {
                found.append("\(place): \(name) is missing")
            }
            for member in members {
                let inner = "\(place).\(member.name)"
                guard let rule = schema["properties"]?[member.name] else {
                    found.append("\(inner): is in no schema")
                    continue
                }
                found += complaints(member.value, rule, at: inner)
            }
        case .list(let values):
            guard let rule = schema["items"] else { return found + ["\(place): a list of what?"] }
            for (index, value) in values.enumerated() { found += complaints(value, rule, at: "\(place)[\(index)]") }
        default: break
        }
        return found
    }
}

extension JSON {
    /// The word of JSON Schema for what it is.
    fileprivate var type: String {
        switch self {
        case .null: "null"
        case .flag: "boolean"
        case .number, .large: "integer"
        case .text: "string"
        case .list: "array"
        case .object: "object"
        }
    }
}
