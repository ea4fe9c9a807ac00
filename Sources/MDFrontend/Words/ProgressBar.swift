internal import MDKernel

/// A line on a terminal that is drawn anew while something takes long.
enum ProgressBar {
    /// Columns of such a line; nil where standard error is no terminal.
    static func width(on console: any Console) -> Int? {
        // The last column stays empty: some terminals go to the next line with it.
        console.errorWidth().map { $0 - 1 }
    }

    /// `text` behind a bar, where how far it is is known and the terminal is wide enough; never longer than `width`.
    static func line(_ text: String, thousandths: Int?, width: Int) -> String {
        let room = min(width - text.unicodeScalars.count - 3, 40)
        guard room >= 10, let thousandths else { return String(text.prefix(max(width, 0))) }
        let filled = room * thousandths / 1000
        let bar = String(repeating: "=", count: filled) + String(repeating: ".", count: room - filled)
        return "[\(bar)] \(text)"
    }

    /// Puts the line in the place of the one before.
    static func draw(_ line: String, on console: any Console) { console.writeError("\r\(line)\u{1b}[K") }

    /// Goes on behind the line.
    static func leave(_ console: any Console) { console.writeError("\n") }
}
