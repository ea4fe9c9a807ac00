/// Text that came from a disk, sysfs or a peer is hostile until it has passed through here.
extension Sequence<UInt8> {
    /// The bytes as text for a terminal, a log or a config line: printable ASCII and well-formed
    /// UTF-8 stay, backslash stays, every control (C0, DEL, C1, bidi) or malformed byte becomes
    /// `\xNN`.
    package var escapedText: String {
        var text = ""
        let decoded = String(decoding: Array(self), as: UTF8.self)
        guard Array(decoded.utf8) == Array(self) else {
            for byte in self {
                text += byte >= 0x20 && byte < 0x7f
                    ? String(UnicodeScalar(byte)) : "\\x" + byte.hex(width: 2)
            }
            return text
        }
        for scalar in decoded.unicodeScalars {
            if scalar.isHostileToTerminals {
                for byte in String(scalar).utf8 { text += "\\x" + byte.hex(width: 2) }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Controls of C0 and C1, DEL, line and paragraph separators and the bidi controls.
    package var isHostileToTerminals: Bool {
        switch value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069,
            0xfeff:
            true
        default: false
        }
    }
}

extension StringProtocol {
    /// See `Sequence.escapedText`.
    package var escapedText: String { Array(utf8).escapedText }
}

extension UInt8 {
    private static let plainToUdev = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#+-.:=@_".utf8)

    /// Whether udev leaves this byte as it is in names of nodes and in its database (udev(7), SYMLINK).
    package var isPlainToUdev: Bool { Self.plainToUdev.contains(self) }
}
