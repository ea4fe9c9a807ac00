internal import MDKernel

/// A page of help, made from the option table.
package struct HelpPage {
    /// The page, ready to print.
    package let text: String

    package init(_ topic: HelpTopic, program: String) {
        switch topic {
        case .general: text = Self.general(program)
        case .options: text = Self.options(program)
        case .configuration: text = Self.configuration
        case .mode(let mode): text = Self.page(of: mode, program)
        }
    }

    /// What is printed on standard error where a command line makes no sense.
    package static func usage(program: String) -> String {
        "Usage: \(program) --help\n  for help\n"
    }

    private static func general(_ program: String) -> String {
        let modes = Mode.allCases.filter(\.isSupported).map { mode in
            "  \(program) \(synopsis(of: mode))\n      \(purpose(of: mode))\n"
        }
        return """
            \(program) manages Linux software RAID (md), also shared by the nodes of a cluster.

            \(modes.joined())
            \(program) DEV says what DEV is to md. An action such as --add DEV after an array means --manage;
            an action such as --detail before a device means --misc.

            \(program) --MODE --help explains a mode, \(program) --help-options what all have in common,
            \(program) --config=--help the configuration file. The manual is swmdadm(8).

            """
    }

    private static func options(_ program: String) -> String {
        let setters = OptionTable.rows.filter { row in
            if case .strong = row.role { return row.isSupported }
            return false
        }
        let neutral = OptionTable.rows.filter { $0.role == .neutral }
        return """
            Everywhere:
            \(lines(neutral))
            Modes and actions that set one:
            \(lines(setters))
            Long options may be cut short as long as they stay unambiguous. An option acts on the operands
            that follow it. Sizes are in KiB unless K, M, G, T or s (sectors of 512 bytes) follows.

            """
    }

    private static func page(of mode: Mode, _ program: String) -> String {
        guard mode.isSupported else {
            return "\(program): \(mode.name) mode is understood, but not supported yet.\n"
        }
        return """
            Usage: \(program) \(synopsis(of: mode))

            \(purpose(of: mode))
            \(explanation(of: mode))

            \(lines(OptionTable.rows.filter { $0.isShown(in: mode) }, in: mode))
            Options of every mode: \(program) --help-options

            """
    }

    /// One option after another, spellings to the left, meaning to the right.
    private static func lines(_ rows: [OptionRow], in mode: Mode = .start) -> String {
        let column = 30
        return rows.map { row in
            let spelling = spelling(of: row, in: mode)
            let blanks = String(repeating: " ", count: column)
            let gap = spelling.count < column ? String(blanks.dropFirst(spelling.count)) : "\n" + blanks
            return spelling + gap + row.help + "\n"
        }.joined()
    }

    private static func spelling(of row: OptionRow, in mode: Mode) -> String {
        let letter = row.letter.flatMap { row.letterModes.contains(mode) ? "-\($0), " : nil } ?? "    "
        guard let value = row.value else { return "  \(letter)--\(row.id.rawValue)" }
        let argument = row.argument == .optional ? "[=\(value.placeholder)]" : "=\(value.placeholder)"
        return "  \(letter)--\(row.id.rawValue)\(argument)"
    }
}
