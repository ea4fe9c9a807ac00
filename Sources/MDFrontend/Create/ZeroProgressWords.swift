internal import MDBytes
internal import MDKernel
internal import MDModel
internal import MDOperations

extension ZeroProgress {
    /// Draws on a terminal how far the zeros are.
    func show(on console: any Console) {
        guard let width = ProgressBar.width(on: console) else { return }
        let share = SyncState.thousandths(done.rawValue, of: total.rawValue)
        let text = "zeros" + (share.map { " " + ResyncText.percent($0) } ?? "") + ResyncText.pace(speed, secondsLeft)
        ProgressBar.draw(ProgressBar.line(text, thousandths: share, width: width), on: console)
    }

    /// KiB in a second, of all devices together; nil where that is not known yet.
    private var speed: UInt64? {
        guard elapsed.rawValue > 0 else { return nil }
        let speed = done.rawValue / 1024 * 1000 / UInt64(elapsed.rawValue)
        return speed > 0 ? speed : nil
    }

    private var secondsLeft: UInt64? {
        speed.map { (total.rawValue - min(done, total).rawValue) / 1024 / $0 }
    }
}
