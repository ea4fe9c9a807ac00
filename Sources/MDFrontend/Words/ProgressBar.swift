internal import MDBytes
internal import MDKernel
internal import MDOperations

/// A line on a terminal that is drawn anew while something takes long.
enum ProgressBar {
    /// `text` behind a bar, where how far it is is known and the terminal is wide enough; never longer than `width`.
    static func line(_ text: String, thousandths: Int?, width: Int) -> String {
        let room = min(width - text.unicodeScalars.count - 3, 40)
        guard room >= 10, let thousandths else { return String(text.prefix(max(width, 0))) }
        let filled = room * min(thousandths, 1000) / 1000
        let bar = String(repeating: "=", count: filled) + String(repeating: ".", count: room - filled)
        return "[\(bar)] \(text)"
    }

    /// Puts the line in the place of the one before.
    static func draw(_ line: String, on console: any Console) { console.writeError("\r\(line)\u{1b}[K") }

    /// Goes on behind the line.
    static func leave(_ console: any Console) { console.writeError("\n") }

    /// Shows on a terminal how far `--write-zeroes` is; nil at its end.
    static func show(_ progress: ZeroProgress?, on console: any Console) {
        guard let width = console.errorWidth() else { return }
        guard let progress else { return leave(console) }
        // The last column stays empty: some terminals go to the next line with it.
        draw(line(words(progress), thousandths: progress.thousandths, width: width - 1), on: console)
    }

    private static func words(_ progress: ZeroProgress) -> String {
        var text = "zeros"
        if let thousandths = progress.thousandths { text += " \(ResyncText.percent(thousandths))" }
        guard let speed = progress.speed, speed > 0 else { return text }
        let left = (progress.total.rawValue - min(progress.done, progress.total).rawValue) / 1024 / speed
        return text + ", \(speed) KiB/s, \(ResyncText.time(left)) left"
    }
}

extension ZeroProgress {
    fileprivate var thousandths: Int? {
        total == .zero ? nil : Int(Double(done.rawValue) / Double(total.rawValue) * 1000)
    }

    /// KiB in a second
    fileprivate var speed: UInt64? {
        elapsed.rawValue > 0 ? done.rawValue / 1024 * 1000 / UInt64(elapsed.rawValue) : nil
    }
}
