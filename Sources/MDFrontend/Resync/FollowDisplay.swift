internal import MDBytes
internal import MDKernel
internal import MDModel
internal import MDOperations

/// Where `--follow` shows how a sync goes on: one line that is drawn anew on a terminal, else a line now and then.
struct FollowDisplay {
    private let voice: Voice
    private let path: String
    /// Whether the terminal's line is begun.
    private var isDrawn = false
    private var lastLine = Instant(milliseconds: .min / 2)
    private var lastText = ""

    init(voice: Voice, path: String) {
        self.voice = voice
        self.path = path
    }

    /// Between two lines of a sync where nobody looks on.
    private static var rest: Milliseconds { .seconds(30) }

    mutating func show(_ shown: (state: SyncState, node: String?), at now: Instant) {
        let (state, node) = shown
        if let width = ProgressBar.width(on: voice.console) {
            ProgressBar.draw(FollowWords.bar(path, state, node: node, width: width), on: voice.console)
            isDrawn = true
            return
        }
        let word = "\(state.standing) \(state.kind?.rawValue ?? "")"
        guard word != lastText || now.since(lastLine) >= Self.rest else { return }
        voice.error(FollowWords.line(path, state, node: node))
        (lastText, lastLine) = (word, now)
    }

    /// Leaves the line that was drawn.
    mutating func finish() {
        if isDrawn { ProgressBar.leave(voice.console) }
        isDrawn = false
    }
}
