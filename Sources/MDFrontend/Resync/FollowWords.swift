internal import MDBytes
internal import MDModel
internal import MDOperations

/// The words of `--follow`.
enum FollowWords {
    /// One line on how the sync is, without the array's name in front where there is no room.
    static func line(_ path: String, _ state: SyncState, node: String?) -> String {
        var text = "\(path.escapedText): \(state.kind?.noun ?? "sync")"
        switch state.standing {
        case .remote: return text + " on \(node ?? "another node")" + (node == nil ? "" : share(state))
        case .waiting(let word): return text + " waits (\(word.escapedText.lowercased()))"
        case .held: return text + share(state) + ", held at sync_max"
        case .idle, .paused, .stopped: return text + " ends"
        case .running: text += share(state)
        }
        return text + ResyncText.pace(state.speed, state.secondsLeft)
    }

    private static func share(_ state: SyncState) -> String {
        state.thousandths.map { " " + ResyncText.percent($0) } ?? ""
    }

    /// The same with a bar where the terminal is wide enough; never longer than `width`.
    static func bar(_ path: String, _ state: SyncState, node: String?, width: Int) -> String {
        let share = state.standing == .remote ? nil : state.thousandths
        return ProgressBar.line(line(path, state, node: node), thousandths: share, width: width)
    }

    /// There was nothing to follow.
    static func nothing(_ path: String, _ state: SyncState) -> String {
        let kind = state.kind?.noun ?? "sync"
        return switch state.standing {
        case .paused, .stopped:
            "\(path.escapedText): the \(kind) is paused\(ResyncText.percent(state)): "
                + "swmdadm --resync \(path.escapedText) resume goes on with it"
        default: "\(path.escapedText): nothing is being synced"
        }
    }

    /// How it ended.
    static func end(_ path: String, _ end: SyncEnd) -> String {
        switch end {
        case .done(let kind, let mismatches):
            let text = "\(path.escapedText): the \(kind?.noun ?? "sync") is done"
            guard let mismatches, let kind else { return text }
            if mismatches == 0 { return text + ": no differences" }
            return text + ": \(mismatches) sectors differed"
                + (kind == .check ? " (repair makes them alike)" : " and are alike now")
        case .interrupted(let kind, let place, let cause):
            let text = "\(path.escapedText): the \(kind?.noun ?? "sync") was interrupted"
            let position = place.map { " after \($0.kibibytes / 1024) MiB" } ?? ""
            return text + position + ": " + words(cause)
        }
    }

    private static func words(_ cause: SyncEnd.Cause) -> String {
        switch cause {
        case .paused: "it was paused"
        case .memberFailed: "a member failed"
        case .readOnly: "the array was made read-only"
        case .arrayStopped: "the array was stopped"
        case .unknown: "somebody stopped it, or the kernel gave up (dmesg)"
        }
    }
}
