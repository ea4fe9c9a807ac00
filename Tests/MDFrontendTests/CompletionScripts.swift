import MDFrontend
import MDKernel

/// Completions for the shells, made from the option table.
enum CompletionScripts {
    static let modes: [Mode] = [.manage, .assemble, .create, .misc, .join, .leave, .candidate, .nack, .agent, .status, .resync]

    /// What can follow before a mode is set: setters and what means the same everywhere.
    static var startRows: [OptionRow] {
        OptionTable.rows.filter { row in
            switch row.role {
            case .plain: false
            case .neutral, .strong, .weak: row.isSupported
            }
        }
    }

    static func rows(in mode: Mode) -> [OptionRow] {
        OptionTable.rows.filter { $0.isShown(in: mode) || ($0.isSupported && $0.role == .neutral) }
    }

    /// The words that set a mode, for a shell's `case`.
    static func setters(of mode: Mode) -> [String] {
        OptionTable.rows.flatMap { row -> [String] in
            switch row.role {
            case .strong(mode), .weak(mode):
                let letter = row.letter.map { row.letterModes.contains(.start) ? ["-\($0)"] : [] } ?? []
                return letter + row.names.map { "--" + $0 }
            default: return []
            }
        }
    }

    static let files = ["completions/swmdadm.bash", "completions/swmdadm.zsh", "completions/swmdadm.fish"]

    static func script(for file: String) -> String {
        if file.hasSuffix("bash") { return bash }
        return file.hasSuffix("zsh") ? zsh : fish
    }

    static let origin = """
        # Made from the option table by CompletionTests (UPDATE_SNAPSHOTS=1 writes it anew).

        """

    private static func options(_ rows: [OptionRow]) -> String {
        rows.map { "--" + $0.id.rawValue + ($0.argument == .required ? "=" : "") }.joined(separator: " ")
    }

    private static var modeCases: String {
        modes.map { mode in
            "            \(setters(of: mode).joined(separator: "|"))) echo \(mode.name); return ;;\n"
        }.joined()
    }

    /// The `case` branches that complete an option's argument in bash.
    private static var bashValues: String {
        var branches = ""
        for row in OptionTable.rows where row.isSupported && row.argument == .required {
            let names = row.names.map { "--" + $0 }.joined(separator: "|")
            let action = switch row.value {
            case .words(let words)?: "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$cur\"))"
            case .file?, .device?: "COMPREPLY=($(compgen -f -- \"$cur\"))"
            case .directory?: "COMPREPLY=($(compgen -d -- \"$cur\"))"
            default: "COMPREPLY=()"
            }
            branches += "        \(names)) \(action); return ;;\n"
        }
        return branches
    }

    private static var bash: String {
        let choices = modes.map { "        \($0.name)) words='\(options(rows(in: $0)))' ;;\n" }.joined()
        return """
            # bash completion for swmdadm
            \(origin)
            _swmdadm_mode() {
                local word
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case $word in
            \(modeCases)        esac
                done
                echo start
            }

            _swmdadm() {
                local cur prev words
                cur=${COMP_WORDS[COMP_CWORD]}
                prev=${COMP_WORDS[COMP_CWORD-1]}
                # bash takes --option=value apart at the equals sign.
                if [[ $cur == "=" ]]; then
                    cur=
                elif [[ $prev == "=" ]]; then
                    prev=${COMP_WORDS[COMP_CWORD-2]}
                fi
                case $prev in
            \(bashValues)    esac
                if [[ $cur != -* ]]; then
                    COMPREPLY=($(compgen -f -- "${cur:-/dev/}"))
                    return
                fi
                case $(_swmdadm_mode) in
            \(choices)        *) words='\(options(startRows))' ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
                [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
            }
            complete -o filenames -F _swmdadm swmdadm

            """
    }

    private static func zshSpecification(_ row: OptionRow) -> String {
        let help = row.help.replacing("'", with: "'\\''").replacing(":", with: "\\:")
            .replacing("[", with: "\\[").replacing("]", with: "\\]")
        let mark = switch row.argument {
        case .none: ""
        case .required: "="
        case .optional: "=-"
        }
        let action = switch row.value {
        case nil: ""
        case .words(let words)?: ":word:(\(words.joined(separator: " ")))"
        case .file?, .device?, .array?: ":file:_files"
        case .directory?: ":directory:_files -/"
        case let value?: ":\(value.placeholder): "
        }
        let rule = row.argument == .optional ? action.replacing(":", with: "::", maxReplacements: 1) : action
        return "'*--\(row.id.rawValue)\(mark)[\(help)]\(rule)'"
    }

    private static var zsh: String {
        func list(_ rows: [OptionRow]) -> String {
            rows.map { "            \(zshSpecification($0))\n" }.joined()
        }
        let choices = modes.map { mode in
            "        \(mode.name)) options=(\n\(list(rows(in: mode)))        ) ;;\n"
        }.joined()
        return """
            #compdef swmdadm
            \(origin)
            _swmdadm_mode() {
                local word
                for word in "${(@)words[2,CURRENT-1]}"; do
                    case $word in
            \(modeCases)        esac
                done
                echo start
            }

            _swmdadm() {
                local -a options
                case $(_swmdadm_mode) in
            \(choices)        *) options=(
            \(list(startRows))        ) ;;
                esac
                _arguments -S "${options[@]}" '*:device:_files'
            }

            _swmdadm "$@"

            """
    }

    private static var fish: String {
        let tests = modes.map { mode in
            "            case \(setters(of: mode).map { "'\($0)'" }.joined(separator: " "))\n"
                + "                echo \(mode.name)\n                return\n"
        }.joined()
        let lines = OptionTable.rows.filter { $0.isSupported || !$0.plainModes.isEmpty }.map { row -> String in
            var places = modes.filter { rows(in: $0).contains { $0.id == row.id } }.map(\.name)
            if startRows.contains(where: { $0.id == row.id }) { places.insert("start", at: 0) }
            let help = row.help.replacing("'", with: "\\'")
            let place = "__swmdadm_in \(places.joined(separator: " "))"
            var line = "complete -c swmdadm -n '\(place)' -l \(row.id.rawValue)"
            switch row.value {
            case nil: break
            case .words(let words)?: line += " -x -a '\(words.joined(separator: " "))'"
            case .file?, .directory?, .device?, .array?: line += " -r"
            default: line += row.argument == .required ? " -x" : ""
            }
            return line + " -d '\(help)'\n"
        }.joined()
        return """
            # fish completion for swmdadm
            \(origin)
            function __swmdadm_mode
                for word in (commandline -opc)[2..]
                    switch $word
            \(tests)        end
                end
                echo start
            end

            function __swmdadm_in
                contains (__swmdadm_mode) $argv
            end

            \(lines)
            """
    }
}
