internal import MDBytes
internal import MDKernel
package import MDModel
internal import MDOperations

/// The list that `--undo` prints.
package enum UndoText {
    /// A line for each entry and one for its devices, the newest first; `date` puts seconds since 1970 into words.
    package static func list(_ entries: [(name: String, entry: ArchiveEntry?)], date: (Int64) -> String) -> String {
        guard !entries.isEmpty else { return "No command has overwritten metadata.\n" }
        var text = ""
        for (name, entry) in entries {
            guard let entry else {
                text += "\(name)  damaged, or of another release\n"
                continue
            }
            text += "\(name)  \(date(Int64(clamping: entry.time)))  \(entry.commandLine)\n"
            let disks = entry.devices.compactMap { device -> String? in
                let areas = entry.areas.filter { $0.device == device && !$0.isBlank }
                guard !areas.isEmpty else { return nil }
                let kinds = WrittenContent.allCases.filter { kind in areas.contains { $0.content == kind } }
                let bytes = areas.reduce(0) { $0 + $1.count }
                let words = kinds.map(\.words).joined(separator: ", ")
                return "\(device.path.escapedText): \(bytes) bytes under \(words)"
            }
            for disk in disks { text += "                 \(disk)\n" }
        }
        return text
    }

    /// The schema is in the manual.
    package static func json(_ entries: [(name: String, entry: ArchiveEntry?)]) -> JSON {
        .members([
            "schema": .text("swmdadm.archive/1"),
            "entries": .list(
                entries.map { name, entry in
                    .members([
                        "id": .text(name), "damaged": .flag(entry == nil),
                        "time": .number(entry.map { Int(clamping: $0.time) }),
                        "command": entry.map { .list($0.command.map { .text($0) }) } ?? .null,
                        "areas": entry.map { .list($0.areas.map(json)) } ?? .null,
                    ])
                }),
        ])
    }

    private static func json(_ area: ArchivedArea) -> JSON {
        .members([
            "device": .text(area.device.path), "device_size": .number(Int(clamping: area.device.size.rawValue)),
            "identity": .text(area.device.identity.isEmpty ? nil : area.device.identity),
            "offset": .number(Int(clamping: area.offset.rawValue)), "length": .number(area.count),
            "overwritten_by": .text(area.content.words), "blank": .flag(area.isBlank),
        ])
    }
}

extension ArchiveEntry {
    /// The command as it was typed, escaped; a word with blanks in quotes.
    var commandLine: String {
        command.map { word in
            let text = word.escapedText
            return text.contains(" ") || text.isEmpty ? "'\(text)'" : text
        }.joined(separator: " ")
    }
}

extension ArchiveNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .notKept(let error):
            [
                .error(
                    "what this overwrites was not saved for --undo: \(error.subject.escapedText): \(error.errno.words)")
            ]
        case .noEntry(let name):
            [.error("--undo: there is no entry \(name.escapedText)"), .more("swmdadm --undo lists them")]
        case .damaged(let name):
            [.error("--undo: entry \(name.escapedText) is damaged"), .more(Self.unchanged)]
        case .cannotRead(let name, let error): [.error("--undo: entry \(name.escapedText): \(error.errno.words)")]
        case .absent(let device):
            [
                .error("--undo: the disk that was \(device.path.escapedText)\(device.called) is not there"),
                .more(Self.unchanged),
            ]
        case .otherDisk(let device):
            [
                .error("--undo: \(device.path.escapedText) is no longer the disk that it was\(device.called)"),
                .more(Self.unchanged),
            ]
        case .inUse(let path, let holders):
            [
                .error("--undo: \(path.escapedText) is in use" + Self.by(holders)),
                .more(Self.unchanged + "; stop what uses it, then try again"),
            ]
        case .cannotOpen(let path, let error):
            [.error("--undo: \(path.escapedText): \(error.errno.words)"), .more(Self.unchanged)]
        case .overwritten(let path, let offset):
            [
                .error("--undo: \(path.escapedText): somebody else wrote at byte \(offset.rawValue) since"),
                .more(Self.unchanged + "; --force puts the old bytes there all the same"),
            ]
        case .nothingToDo(let name): [.note("\(name): all is as it was before the command")]
        case .stepFailed(let failure): [.error("--undo: \(failure.step.words): \(failure.error.errno.words)")]
        case .restored(_, let entry, let areas, let devices):
            [
                .note(
                    "\(areas) \(areas == 1 ? "area" : "areas") of \(devices.joined(separator: ", ").escapedText) "
                        + "are as they were before: \(entry.commandLine)"),
                .note("the members' data is not part of this: what was written or synced since stays"),
            ]
        }
    }

    private static var unchanged: String { "nothing was changed" }

    private static func by(_ holders: [String]) -> String {
        holders.isEmpty ? "" : " by " + holders.joined(separator: ", ").escapedText
    }
}

extension ArchivedDevice {
    /// What the disk calls itself, in parentheses; empty for one without a name.
    fileprivate var called: String { identity.isEmpty ? "" : " (\(identity.escapedText))" }
}
