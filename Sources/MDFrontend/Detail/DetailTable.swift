internal import MDBytes
internal import MDKernel
internal import MDModel
internal import MDOperations

/// The table of devices at the end of `--detail`.
struct DetailTable {
    private let summary: DetailSummary

    init(_ summary: DetailSummary) { self.summary = summary }

    var lines: [String] {
        let header = "    Number   Major   Minor   RaidDevice"
        let isFull = (summary.facts.info?.raidDisks ?? 0) > 0
        let slots = summary.slotRows.map(text)
        let others = summary.otherRows.map(text)
        return [isFull ? header + " State" : header] + slots + (others.isEmpty ? [] : [""] + others)
    }

    private func text(_ row: DetailSummary.Row) -> String {
        switch row {
        case .removed(let slot):
            return columns(number: nil, device: .none, slot: slot) + " removed"
        case .disk(let disk):
            let slot = disk.state.contains(.journal) ? nil : disk.slot
            let words = stateWords(disk).map { " " + $0 }.joined()
            let path = "   " + (disk.path?.escapedText ?? "missing")
            return columns(number: disk.number, device: disk.device, slot: slot) + words + path
        }
    }

    private func columns(number: Int32?, device: DeviceNumber, slot: Int?) -> String {
        let first = number.map { "   " + String($0).padded(to: 5) } ?? "       -"
        let numbers = "   \(String(device.major).padded(to: 5))    \(String(device.minor).padded(to: 5))"
        let last = slot.map { "    \(String($0).padded(to: 5))     " } ?? "        -     "
        return first + numbers + last
    }

    private func stateWords(_ disk: DetailFacts.Disk) -> [String] {
        guard summary.isActive else { return [] }
        let state = disk.state
        var words: [String] = []
        if state.contains(.faulty) { words.append("faulty") }
        if state.contains(.active) { words.append("active") }
        if state.contains(.sync) {
            words.append("sync")
            if let slot = disk.slot, let set = summary.mirrorSet(of: slot) { words.append("set-\(set)") }
        }
        if state.contains(.removed) { words.append("removed") }
        if state.contains(.writeMostly) { words.append("writemostly") }
        if state.contains(.failfast) { words.append("failfast") }
        if state.contains(.journal) { words.append("journal") }
        if state.isDisjoint(with: [.active, .sync, .removed, .faulty, .journal]) {
            words.append("spare")
            if disk.slot != nil { words.append("rebuilding") }
        }
        return words
    }
}
