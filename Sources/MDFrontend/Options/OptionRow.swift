package import MDKernel

/// One option: how it is spelt, where it may stand, what it takes, what it is for.
package struct OptionRow: Sendable {
    /// What an option does to the mode of the line.
    package enum Role: Hashable, Sendable {
        /// Wants the mode to be known.
        case plain
        /// Means the same everywhere and decides nothing.
        case neutral
        /// Sets this mode, and contradicts another.
        case strong(Mode)
        /// Sets this mode if none is set.
        case weak(Mode)
    }

    package let id: OptionID
    package var synonyms: [String] = []
    package var letter: Character?
    /// Where the letter means this option; elsewhere it may mean another one, or none.
    package var letterModes: ModeSet = []
    package var argument: LongOption.ArgumentRule = .none
    package var value: ValueKind?
    package var role: Role = .plain
    /// Where it sets no mode, whatever its role, and is supported.
    package var plainModes: ModeSet = []
    /// Where the long spelling is accepted.
    package var modes: ModeSet
    /// False for what is understood, checked and then refused as not built yet.
    package var isSupported = true
    package let help: String

    init(_ id: OptionID, _ letter: Character? = nil, in modes: ModeSet, _ help: String) {
        self.id = id
        self.letter = letter
        self.modes = modes
        letterModes = modes
        self.help = help
    }

    /// All long spellings.
    package var names: [String] { [id.rawValue] + synonyms }

    /// Whether the option belongs on the help page of `mode`.
    package func isShown(in mode: Mode) -> Bool {
        if plainModes.contains(mode) { return true }
        guard isSupported, role != .neutral, modes.contains(mode) else { return false }
        if case .strong(let target) = role { return target == mode && id.rawValue != mode.name }
        return true
    }
}

/// What an option's argument is.
package enum ValueKind: Hashable, Sendable {
    case number, size, seconds, uuid, file, directory, device, array, name
    /// One of these.
    case words([String])

    /// What help and man page print for it.
    package var placeholder: String {
        switch self {
        case .number: "N"
        case .size: "SIZE"
        case .seconds: "SECS"
        case .uuid: "UUID"
        case .file: "FILE"
        case .directory: "DIR"
        case .device: "DEV"
        case .array: "MD"
        case .name: "NAME"
        case .words: "WORD"
        }
    }
}

extension OptionRow {
    /// The row with a required argument.
    func taking(_ value: ValueKind) -> OptionRow {
        changed { row in
            row.argument = .required
            row.value = value
        }
    }

    /// The row with an argument that may be left out, and otherwise needs the `=` form.
    func mayTake(_ value: ValueKind) -> OptionRow {
        changed { row in
            row.argument = .optional
            row.value = value
        }
    }

    func also(_ synonyms: String...) -> OptionRow { changed { $0.synonyms = synonyms } }

    func sets(_ mode: Mode) -> OptionRow { changed { $0.role = .strong(mode) } }

    /// The row as a setter of `mode` where none is set yet.
    func suggests(_ mode: Mode) -> OptionRow {
        changed { row in
            row.role = .weak(mode)
            row.letterModes.insert(.start)
        }
    }

    func letter(in modes: ModeSet) -> OptionRow { changed { $0.letterModes = modes } }

    var neutral: OptionRow { changed { $0.role = .neutral } }

    var unsupported: OptionRow { changed { $0.isSupported = false } }

    func plain(in modes: ModeSet) -> OptionRow { changed { $0.plainModes = modes } }

    private func changed(_ edit: (inout OptionRow) -> Void) -> OptionRow {
        var row = self
        edit(&row)
        return row
    }
}
