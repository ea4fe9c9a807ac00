internal import MDBytes
internal import MDModel
package import MDOperations

/// `--explain` for people.
package struct ExplainText {
    private let surroundings: Surroundings

    package init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// What is the matter, the members side by side, and what to do.
    package func text(_ facts: ExplainFacts) -> String {
        let verdict = ExplainWords.verdict(
            facts.explanation.verdict, users: facts.member?.users ?? [], content: facts.member?.content)
        var lines = ["\(facts.path.escapedText): \(verdict)"]
        if facts.subject == .device, let array = facts.array {
            let own = ExplainWords.verdict(array.explanation.verdict, users: [], content: nil)
            lines.append("\(array.path.escapedText), its array: \(own)")
        }
        if let rows = facts.array?.rows, !rows.isEmpty { lines += [""] + table(rows) }
        for advice in facts.explanation.advice {
            let (commands, cost) = ExplainWords.advice(advice, array: facts.array?.path ?? facts.path)
            lines.append("")
            lines += commands.map { "    " + $0 } + [cost]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func table(_ rows: [Explanation.Row]) -> [String] {
        let width = max(6, rows.map { $0.path.escapedText.unicodeScalars.count }.max() ?? 0)
        let head = pad("Device", width) + "  Slot  Role          Events  Update Time               In  Behind"
        return [head] + rows.map { row in
            let slot = row.slot.map(String.init) ?? "-"
            let events = row.events.map { String($0) } ?? "-"
            let time = row.updateTime.map { surroundings.date($0) } ?? "-"
            let behind = row.behind.map { $0 == .nothing ? "-" : ExplainWords.amount($0) } ?? "-"
            let users = row.users.isEmpty ? "" : "; in use: " + row.users.map(\.escapedText).joined(separator: ", ")
            return pad(row.path.escapedText, width) + "  " + pad(slot, 4) + "  " + pad(row.role.rawValue, 10)
                + "  " + String(repeating: " ", count: max(0, 8 - events.utf8.count)) + events + "  " + pad(time, 24)
                + "  " + pad(row.isIncluded ? "yes" : "no", 3) + " " + behind + users
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
    }
}
