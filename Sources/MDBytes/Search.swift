/// Plain searching in text. The standard library's own would link its regular expression engine, 1.2 MB.
extension StringProtocol {
    /// What follows the first occurrence of `needle`, byte for byte; nil where there is none.
    package func suffix(after needle: String) -> String? {
        let text = Array(utf8)
        let wanted = Array(needle.utf8)
        guard !wanted.isEmpty, text.count >= wanted.count else { return nil }
        for start in 0...(text.count - wanted.count) where text[start..<start + wanted.count].elementsEqual(wanted) {
            return String(decoding: text[(start + wanted.count)...], as: UTF8.self)
        }
        return nil
    }

    /// Whether `needle` occurs, byte for byte.
    package func includes(_ needle: String) -> Bool { suffix(after: needle) != nil }
}

extension String {
    /// The file below /dev of a kernel name, in which sysfs writes `!` for `/`.
    package var nodePath: String { "/dev/" + String(map { $0 == "!" ? "/" : $0 }) }
}
