/// /proc/mdstat, as far as verbs need it.
package struct Mdstat: Hashable, Sendable {
    /// `[3/2]`: two of three places are filled.
    package struct Places: Hashable, Sendable {
        package var all: Int
        package var working: Int
    }

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
        /// How many of the members may hold or be given data of their own: neither faulty nor journal nor replacement.
        package var usableMembers = 0
        /// How many places the array has and in how many a member works, `[3/2]`.
        package var places: Places?
        /// `super 1.2`, `super external:…`, or nil.
        package var metadata: String?
        /// `resync`, `recovery`, `reshape` or `check`; nil where nothing runs or waits.
        package var action: String?
        /// Whole per cent of the action; nil where it has not begun.
        package var percent: Int?
        /// `DELAYED`, `PENDING` or `REMOTE`; nil where the action runs.
        package var waiting: String?

        /// Whether the driver is about to rebuild onto a spare, of which it says nothing until its thread has set out.
        package var awaitsRecovery: Bool {
            guard isActive, action == nil, readOnly == nil, let places else { return false }
            return places.working < places.all && usableMembers > places.working
        }
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
                if !word[bracket...].contains(where: "FJR".contains) { usableMembers += 1 }
            } else if level == nil {
                level = word
            }
        }
    }

    /// Of a word such as `[3/2]`; nil of any other.
    private static func places(_ word: String) -> Mdstat.Places? {
        guard word.hasPrefix("["), word.hasSuffix("]") else { return nil }
        let counts = word.dropFirst().dropLast().split(separator: "/").map { Int($0) }
        guard counts.count == 2, let all = counts[0], let working = counts[1] else { return nil }
        return Mdstat.Places(all: all, working: working)
    }

    /// A later line of the paragraph: metadata version and the running or waiting action.
    fileprivate mutating func read(detail words: [String]) {
        if let place = words.firstIndex(of: "super"), place + 1 < words.count {
            metadata = words[place + 1]
        }
        places = places ?? words.lazy.compactMap(Self.places).first
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
