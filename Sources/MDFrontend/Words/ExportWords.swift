internal import MDBytes

/// Values of `KEY=value` lines and of ARRAY lines, which udev, shells and mdadm itself read back.
package enum ExportWords {
    /// A value that a disk supplied: letters, digits, `#+-.:=@_` and well-formed letters beyond ASCII stay,
    /// the rest becomes `\xNN`, as in udev's own database.
    package static func value(_ bytes: some Sequence<UInt8>) -> String { escaped(Array(bytes), keeping: []) }

    /// A path: as `value`, but with its slashes.
    package static func path(_ path: String) -> String {
        escaped(Array(path.utf8), keeping: [UInt8(ascii: "/")])
    }

    /// The last part of a `/dev/md/` path that a disk supplied: as `value`, and never a way out of the
    /// directory.
    package static func nodeName(_ bytes: [UInt8]) -> String {
        if bytes == Array(".".utf8) || bytes == Array("..".utf8) { return "_" }
        return value(bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 })
    }

    private static func escaped(_ bytes: [UInt8], keeping more: Set<UInt8>) -> String {
        let decoded = String(decoding: bytes, as: UTF8.self)
        if bytes.allSatisfy(\.isPlainToUdev) { return decoded }
        let isWellFormed = Array(decoded.utf8) == bytes
        var text = ""
        for scalar in isWellFormed ? Array(decoded.unicodeScalars) : bytes.map({ Unicode.Scalar($0) }) {
            let encoded = isWellFormed ? Array(String(scalar).utf8) : [UInt8(scalar.value)]
            let stays = encoded.count == 1
                ? encoded[0].isPlainToUdev || more.contains(encoded[0])
                : !scalar.isHostileToTerminals && !scalar.properties.isWhitespace
            if stays {
                text.unicodeScalars.append(scalar)
            } else {
                for byte in encoded { text += "\\x" + byte.hex(width: 2) }
            }
        }
        return text
    }
}
