import MDKernel
import MDLinux

/// A Swift file as data: its text, and its code with comments and string contents blanked out.
struct SourceFile: Sendable {
    /// The path below the package, such as `Sources/MDBytes/Hex.swift`.
    let path: String
    let lines: [String]
    /// As many lines as `lines`; everything that is no code is blank.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var stripper = Stripper()
        code = stripper.strip(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The target of a file below Sources.
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    /// Every word of the code.
    var words: Set<String> {
        var words: Set<String> = []
        for line in code {
            for word in line.split(whereSeparator: { !$0.isIdentifier }) { words.insert(String(word)) }
        }
        return words
    }

    /// All Swift files below a directory of the package, sorted by path.
    static func below(_ directory: String) throws -> [SourceFile] {
        let kernel = LinuxKernel()
        var files: [SourceFile] = []
        for name in try kernel.list(directory: Self.root + "/" + directory).sorted() {
            let path = directory + "/" + name
            switch try kernel.status(ofPath: root + "/" + path).kind {
            case .directory: files += try below(path)
            case .regular where name.hasSuffix(".swift"):
                let bytes = try kernel.read(file: root + "/" + path, limit: 1 << 24)
                files.append(SourceFile(path: path, text: String(decoding: bytes, as: UTF8.self)))
            default: continue
            }
        }
        return files
    }

    /// The package's directory.
    static var root: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    }
}

extension Character {
    var isIdentifier: Bool { isLetter || isNumber || self == "_" }
}

/// Blanks comments and the contents of string literals; code inside interpolations stays.
struct Stripper {
    private enum State: Equatable {
        case code(parentheses: Int, inString: Bool)
        case line
        case block(Int)
        case string(quotes: Int, hashes: Int)
    }

    private var stack: [State] = [.code(parentheses: 0, inString: false)]

    mutating func strip(_ text: String) -> String {
        let characters = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(characters.count)
        var place = 0
        while place < characters.count {
            let taken = step(characters, place)
            for index in place..<min(place + taken.count, characters.count) {
                let character = characters[index]
                result.append(character == 10 || taken.isCode ? character : 32)
            }
            place += taken.count
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func step(_ text: [UInt8], _ place: Int) -> (count: Int, isCode: Bool) {
        switch stack.last ?? .code(parentheses: 0, inString: false) {
        case .code(let depth, let isInside): return code(text, place, depth, isInside)
        case .line:
            if text[place] == 10 { stack.removeLast() }
            return (1, false)
        case .block(let depth):
            if matches("*/", text, place) {
                if depth == 1 { stack.removeLast() } else { stack[stack.count - 1] = .block(depth - 1) }
                return (2, false)
            }
            if matches("/*", text, place) {
                stack[stack.count - 1] = .block(depth + 1)
                return (2, false)
            }
            return (1, false)
        case .string(let quotes, let hashes): return string(text, place, quotes, hashes)
        }
    }

    private mutating func code(
        _ text: [UInt8], _ place: Int, _ depth: Int, _ isInside: Bool
    ) -> (count: Int, isCode: Bool) {
        if matches("//", text, place) {
            stack.append(.line)
            return (2, false)
        }
        if matches("/*", text, place) {
            stack.append(.block(1))
            return (2, false)
        }
        var hashes = 0
        while place + hashes < text.count, text[place + hashes] == UInt8(ascii: "#") { hashes += 1 }
        if place + hashes < text.count, text[place + hashes] == UInt8(ascii: "\"") {
            let quotes = matches("\"\"\"", text, place + hashes) ? 3 : 1
            stack.append(.string(quotes: quotes, hashes: hashes))
            return (hashes + quotes, true)
        }
        if isInside, text[place] == UInt8(ascii: "(") {
            stack[stack.count - 1] = .code(parentheses: depth + 1, inString: true)
        }
        if isInside, text[place] == UInt8(ascii: ")") {
            if depth == 1 {
                stack.removeLast()
            } else {
                stack[stack.count - 1] = .code(parentheses: depth - 1, inString: true)
            }
        }
        return (1, true)
    }

    private mutating func string(
        _ text: [UInt8], _ place: Int, _ quotes: Int, _ hashes: Int
    ) -> (count: Int, isCode: Bool) {
        let marks = String(repeating: "#", count: hashes)
        if matches("\\" + marks + "(", text, place) {
            stack.append(.code(parentheses: 1, inString: true))
            return (hashes + 2, false)
        }
        if hashes == 0, text[place] == UInt8(ascii: "\\") { return (2, false) }
        if matches(String(repeating: "\"", count: quotes) + marks, text, place) {
            stack.removeLast()
            return (quotes + hashes, true)
        }
        return (1, false)
    }

    private func matches(_ word: String, _ text: [UInt8], _ place: Int) -> Bool {
        let word = Array(word.utf8)
        return place + word.count <= text.count && Array(text[place..<place + word.count]) == word
    }
}
