/// /proc/mdstat, as far as verbs need it.
package struct Mdstat: Hashable, Sendable {
    /// One array's paragraph.
    package struct Entry: Hashable, Sendable {
        /// The kernel's name, such as `md127`.
        package var name: String
        package var isActive = false
        /// `read-only` or `auto-read-only`; nil where it is writable.
        package var readOnly: String?
        /// The personality's word (`raid1`), nil where the array is inactive.
        package var level: String?
        /// Kernel names of the members, in the order of the file.
        package var members: [String] = []
        /// `super 1.2`, `super external:…`, or nil.
        package var metadata: String?
        /// `resync`, `recovery`, `reshape` or `check`; nil where nothing runs or waits.
        package var action: String?
        /// Whole per cent of the action; nil where it has not begun.
        package var percent: Int?
        /// `DELAYED`, `PENDING` or `REMOTE`; nil where the action runs.
        package var waiting: String?
    }

    package var entries: [Entry] = []

    package init(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("Personalities") || line.hasPrefix("unused") || line.hasPrefix("read_ahead") {
                continue
            }
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            if line.first != " ", line.first != "\t", words.count >= 3, words[1] == ":" {
                entries.append(Entry(heading: words))
            } else if !entries.isEmpty {
                entries[entries.count - 1].read(detail: words)
            }
        }
    }

    /// The paragraph of an array by its kernel name.
    package func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}

extension Mdstat.Entry {
    /// `md0 : active raid1 sda1[0] sdb1[1](F)`
    fileprivate init(heading words: [String]) {
        name = words[0]
        isActive = words[2] == "active"
        for word in words.dropFirst(3) {
            if word.hasPrefix("(") {
                readOnly = String(word.dropFirst().prefix { $0 != ")" })
            } else if let bracket = word.firstIndex(of: "[") {
                members.append(String(word[..<bracket]))
            } else if level == nil {
                level = word
            }
        }
    }

    /// A later line of the paragraph: metadata version and the running or waiting action.
    fileprivate mutating func read(detail words: [String]) {
        if let place = words.firstIndex(of: "super"), place + 1 < words.count {
            metadata = words[place + 1]
        }
        for (place, word) in words.enumerated() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = ["resync", "recovery", "recover", "reshape", "check"].first(where: { parts[0] == $0 })
            else { continue }
            action = kind == "recover" ? "recovery" : kind
            var value = parts.count > 1 ? String(parts[1]) : ""
            if value.isEmpty {
                let next = words.dropFirst(place + 1).first { $0 != "=" } ?? ""
                value = next
            }
            if value.hasSuffix("%") {
                percent = Int(value.prefix { $0 != "." && $0 != "%" })
            } else {
                waiting = value
            }
        }
    }
}
