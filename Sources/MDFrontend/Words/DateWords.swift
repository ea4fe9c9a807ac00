package import MDKernel

extension LocalTime {
    /// `Tue Nov 24 09:54:55 2026`: the first 24 characters of the C library's ctime(3), which cut a year that
    /// only a damaged superblock has.
    package var text: String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let dayName = days.indices.contains(weekday) ? days[weekday] : "???"
        let monthName = months.indices.contains(month - 1) ? months[month - 1] : "???"
        let date = String(day).padded(to: 2)
        let text = "\(dayName) \(monthName) \(date) \(hour.two):\(minute.two):\(second.two) \(year)"
        return String(text.prefix(24))
    }
}

extension Int {
    fileprivate var two: String { self < 10 ? "0\(self)" : String(self) }
}

extension String {
    /// Blanks in front up to `width` characters.
    package func padded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - utf8.count)) + self
    }
}
