internal import CLinux
internal import Glibc
package import MDKernel

/// The words of a command line by getopt_long(3), operands in their places.
///
/// getopt keeps its position in global variables, so one scanner at a time may be at work in a process.
@safe package final class GetoptScanner: WordScanner {
    // SAFETY: every pointer below is allocated here, owned by this object alone and freed with it.
    private let words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int32
    private var short: [CChar] = [0]
    private var shortText = ""
    private var long: UnsafeMutablePointer<option>?
    /// The names in it, one behind the other.
    private var names: UnsafeMutablePointer<CChar>?
    private var longRows: [LongOption] = []

    /// `arguments` is argv with the program's name, which getopt puts before its complaints.
    package init(arguments: [String]) {
        count = Int32(arguments.count)
        // SAFETY: room for the words and the null that ends argv; each is initialised before use.
        unsafe words = .allocate(capacity: arguments.count + 1)
        for (index, word) in arguments.enumerated() { unsafe words[index] = strdup(word) }
        unsafe words[arguments.count] = nil
        clinux_getopt_restart()
    }

    deinit {
        // SAFETY: all of it was allocated above, and getopt is not called any more.
        for index in 0..<Int(count) { unsafe free(words[index]) }
        unsafe words.deallocate()
        releaseLong()
    }

    package func next(short text: String, long rows: [LongOption]) -> ScannedWord {
        use(short: text)
        use(long: rows)
        // SAFETY: all arrays are owned by this object and end as getopt wants: argv and the rows
        // with zeros, the option string with NUL, which getopt forgets when it returns.
        let code = unsafe getopt_long(count, words, short, long, nil)
        // SAFETY: where getopt sets it, the argument lies in argv, which lives as long as this object.
        let argument = unsafe clinux_getopt_argument().map { unsafe String(cString: $0) }
        switch code {
        case -1: return .end
        case 1: return .operand(argument ?? "")
        case Int32(UInt8(ascii: "?")): return .invalid
        default: return .option(code: code, argument: argument)
        }
    }

    /// A leading `-` asks for operands in their places.
    private func use(short text: String) {
        guard text != shortText else { return }
        short = Array(("-" + text).utf8CString)
        shortText = text
    }

    private func use(long rows: [LongOption]) {
        // SAFETY: one more row than there are options, all zero, ends the list. The block has room for every name and
        // its NUL, and lives as long as the table.
        guard unsafe long == nil || rows != longRows else { return }
        releaseLong()
        let table = UnsafeMutablePointer<option>.allocate(capacity: rows.count + 1)
        unsafe table.initialize(repeating: option(), count: rows.count + 1)
        let size = rows.reduce(0) { $0 + $1.name.utf8.count + 1 }
        let block = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        unsafe block.initialize(repeating: 0, count: size)
        var end = unsafe block
        for (index, row) in rows.enumerated() {
            unsafe table[index].name = UnsafePointer(end)
            unsafe table[index].has_arg = row.argument.hasArgument
            unsafe table[index].val = row.code
            for byte in row.name.utf8 {
                unsafe end.pointee = CChar(bitPattern: byte)
                unsafe end += 1
            }
            unsafe end += 1
        }
        unsafe (long, names) = (table, block)
        longRows = rows
    }

    private func releaseLong() {
        // SAFETY: both were allocated by `use(long:)`, and getopt keeps neither.
        unsafe long?.deallocate()
        unsafe names?.deallocate()
        unsafe (long, names) = (nil, nil)
    }
}

extension LongOption.ArgumentRule {
    /// getopt's no_argument, required_argument, optional_argument.
    fileprivate var hasArgument: Int32 {
        switch self {
        case .none: 0
        case .required: 1
        case .optional: 2
        }
    }
}
