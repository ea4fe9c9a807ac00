internal import MDModel

/// In which order arrays are stopped: those on top before those below.
enum StopOrder {
    /// Kernel names; an array that is a member of another comes behind it, else the order of the file stays.
    static func names(_ mdstat: Mdstat) -> [String] {
        var order: [String] = []
        var rest = mdstat.entries
        while !rest.isEmpty {
            let used = Set(rest.flatMap { $0.members.map(Self.wholeDevice) })
            let free = rest.filter { !used.contains($0.name) }
            // The kernel allows no circle; a file that shows one is taken as it comes.
            let next = free.isEmpty ? rest : free
            order += next.map(\.name)
            rest.removeAll { entry in next.contains { $0.name == entry.name } }
        }
        return order
    }

    /// `md127` for its partition `md127p1`.
    private static func wholeDevice(_ name: String) -> String {
        guard name.hasPrefix("md"), let place = name.lastIndex(of: "p"),
            name[name.index(after: place)...].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return name }
        return String(name[..<place])
    }
}
