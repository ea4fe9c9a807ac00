internal import MDBytes
package import MDModel

extension Level {
    /// The printed name, or `-unknown-`.
    package var words: String { name ?? "-unknown-" }
}

extension LayoutNames {
    /// The words behind `Layout :` with their leading blank: `left-symmetric`, `near=2, far=2`.
    package static func words(of layout: Int32, level: Level) -> String {
        if level == .raid10 { return Raid10Layout(rawValue: layout).words }
        return " " + (name(of: layout, level: level) ?? "-unknown-")
    }
}

extension Raid10Layout {
    /// The factors that are not 1; `NO REDUNDANCY` without a blank where both are.
    package var words: String {
        var items: [String] = []
        if near != 1 { items.append(" near=\(near)") }
        if far != 1 { items.append(" \(isOffset ? "offset" : "far")=\(far)") }
        return items.isEmpty ? "NO REDUNDANCY" : items.joined(separator: ",")
    }

    /// Both factors, whatever they are.
    package var fullWords: String { " near=\(near), \(isOffset ? "offset" : "far")=\(far)" }
}
