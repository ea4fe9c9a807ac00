internal import MDBytes
internal import MDModel

/// The sentences of `--explain`.
enum ExplainWords {
    /// What is the matter, in a sentence without its subject.
    static func verdict(_ verdict: Explanation.Verdict, users: [String], content: String?) -> String {
        switch verdict {
        case .ok: "all members are there and agree"
        case .syncing(let action, nil): "all members are there, and a \(noun(action)) runs"
        case .syncing(let action, let waiting?):
            "all members are there, and a \(noun(action)) waits (\(waiting.escapedText.lowercased()))"
        case .readOnly(true): "read-only until the first write: that is how it was started (start_ro)"
        case .readOnly(false): "read-only: somebody made it so, or started it so"
        case .rebuilding(let slots, nil): "degraded, \(without(slots)), and being rebuilt"
        case .rebuilding(let slots, let waiting?):
            "degraded, \(without(slots)); the rebuild waits (\(waiting.escapedText.lowercased()))"
        case .degraded(let slots): "degraded: \(without(slots)), and nothing is being rebuilt"
        case .failed(let slots): "failed: \(without(slots)) data cannot be reached"
        case .startsWhole: "not started, although every member is there"
        case .startsDegraded(let slots): "not started: \(without(slots)); it can run without, and nothing is lost"
        case .startsWithLoss: "not started: too few members are up to date, and others missed writes"
        case .startsUnclean(let slots):
            "not started: \(without(slots)), and it was being written to when it was last seen"
        case .reshapeStopped:
            "not started: it stopped in the middle of a reshape that needs copies of the data it was moving"
        case .cannotStart(let slots): "not started: \(without(slots)), and without them there is no data"
        case .unknown: "no superblock of a member can be read"
        default: device(verdict, users: users, content: content)
        }
    }

    private static func device(_ verdict: Explanation.Verdict, users: [String], content: String?) -> String {
        switch verdict {
        case .member(let slot): "in sync in slot \(slot)"
        case .rebuildingMember(let slot): "being rebuilt for slot \(slot)"
        case .spare: "a spare: every slot has a member, or a rebuild has not begun"
        case .journal: "the write journal"
        case .faulty: "failed: the driver could not write to it, or was told so"
        case .left(let behind): "was a member, and the array runs without it" + lag(behind)
        case .waits: "a member of an array that does not run"
        case .inUse: "in use by \(users.map(\.escapedText).joined(separator: ", ")): it can be no member meanwhile"
        case .foreign: "no member of any array: it holds \(content?.escapedText ?? "something")"
        case .blank: "no member of any array, and nothing else that is known lies on it"
        default: ""
        }
    }

    private static func noun(_ action: String) -> String {
        switch action {
        case "recovery": "rebuild of a replacement"
        case "check", "resync", "reshape", "repair": action
        default: action.escapedText
        }
    }

    /// `slots 1 and 3 have no member`
    private static func without(_ slots: [Int]) -> String {
        let shown = slots.prefix(8).map(String.init).joined(separator: ", ") + (slots.count > 8 ? ", …" : "")
        return slots.count == 1 ? "slot \(shown) has no member in sync" : "slots \(shown) have no member in sync"
    }

    /// `: 12 events and 3 s behind`
    private static func lag(_ behind: Explanation.Behind) -> String {
        behind == .nothing ? "" : ", \(amount(behind)) behind"
    }

    static func amount(_ behind: Explanation.Behind) -> String {
        "\(behind.events) event\(behind.events == 1 ? "" : "s") and \(ResyncText.time(behind.seconds))"
    }

    /// What to do: commands as one would type them, and what they cost.
    static func advice(_ advice: Explanation.Advice, array: String) -> (commands: [String], cost: String) {
        let md = ShellWords.quoted(array)
        switch advice {
        case .wait: return (["swmdadm --wait \(md)"], "Nothing is lost; it ends by itself.")
        case .resume: return (["swmdadm --resync \(md) resume"], "Nothing is lost; the array was frozen or paused.")
        case .start: return (["swmdadm --resync \(md) start"], "Nothing is lost; the spare is rebuilt.")
        case .readWrite: return (["swmdadm --readwrite \(md)"], "Nothing is lost; what is due then begins.")
        case .reAdd(let device):
            return (
                ["swmdadm --manage \(md) --re-add \(ShellWords.quoted(device))"],
                "Nothing is lost; only what was written meanwhile is copied to it.")
        case .add(let device):
            return (
                ["swmdadm --manage \(md) --add \(ShellWords.quoted(device))"],
                "OVERWRITES \(device.escapedText): it is rebuilt as a whole, and what only it holds is lost.")
        case .addNew:
            return (
                ["swmdadm --manage \(md) --add NEW-DEVICE"],
                "OVERWRITES the new device; the array loses nothing.")
        case .remove(let device):
            return (
                ["swmdadm --manage \(md) --remove \(ShellWords.quoted(device))"],
                "The array loses nothing. The kernel's log (dmesg) may say why it failed: look before using it again.")
        case .find(let slots):
            let shown = slots.prefix(8).map(String.init).joined(separator: ", ")
            return ([], "First look for what was in slot \(shown): cables, power, dmesg.")
        case .assemble(let devices, let isDegraded, let isActive):
            let cost = isDegraded ? "Nothing is lost; devices that turn up later are added again." : "Nothing is lost."
            return (assemble(md, devices, isDegraded ? " --run" : "", isActive), cost)
        case .assembleFromBackup(let devices, let isCritical, let goesOn, let isActive):
            let restored = "what was being moved when the reshape stopped is put back from FILE, its backup file"
            let cost =
                "Nothing is lost: " + (isCritical ? restored : "FILE is the reshape's backup file")
                + (goesOn ? "." : ". The array is read-only, and the reshape waits.")
            return (assemble(md, devices, " --backup-file=FILE", isActive), cost)
        case .assembleByForce(let devices, let behind, let isUnclean, let isActive):
            return (assemble(md, devices, " --force --run", isActive), loss(behind, isUnclean: isUnclean))
        }
    }

    private static func assemble(_ md: String, _ devices: [String], _ options: String, _ isActive: Bool) -> [String] {
        let words = devices.map(ShellWords.quoted).joined(separator: " ")
        return (isActive ? ["swmdadm --stop \(md)"] : []) + ["swmdadm --assemble\(options) \(md) \(words)"]
    }

    private static func loss(_ behind: Explanation.Behind, isUnclean: Bool) -> String {
        isUnclean
            ? "LOSES DATA: what was being written when it stopped may be garbled. Check file systems before use."
            : "LOSES DATA: writes of the last \(amount(behind)) are missing on some members, so files written then are "
                + "garbled. Check file systems before use, and copy the devices first where data matters."
    }
}

/// Words for a POSIX shell.
package enum ShellWords {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+:,@%".utf8)

    /// The word as one would type it; control characters escaped, so that none reaches the terminal.
    package static func quoted(_ word: String) -> String {
        guard word.isEmpty || !word.utf8.allSatisfy(plain.contains) else { return word }
        let shown = word.split(separator: "'", omittingEmptySubsequences: false).map(\.escapedText)
        return "'" + shown.joined(separator: "'\\''") + "'"
    }
}
