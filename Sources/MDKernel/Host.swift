package import MDBytes

/// The process and the machine it runs on.
package protocol Host: Sendable {
    /// gethostname(2), whole.
    func hostName() -> String

    /// uname release, e.g. `6.12.48-amd64`.
    func kernelRelease() -> String

    /// Whether the effective user is root.
    func isRoot() -> Bool

    /// An environment variable, or nil.
    func environment(_ name: String) -> String?

    /// Whether there is a user of that name.
    func isUser(_ name: String) -> Bool

    /// Whether there is a group of that name.
    func isGroup(_ name: String) -> Bool

    /// `count` bytes from getrandom(2).
    func randomBytes(_ count: Int) -> [UInt8]

    /// The kernel's timer frequency CONFIG_HZ, or nil where it cannot be learnt.
    func timerFrequency() -> Int?

    /// Loads a kernel module unless it is there; throws where neither is possible.
    func loadModule(_ name: String) throws(SystemCallError)

    /// Lines the kernel logged since `mark` that start with an md prefix, newest last; empty where
    /// /dev/kmsg is not readable.
    func kernelLog(since mark: KernelLogMark) -> [String]

    /// Where the kernel log stands now.
    func kernelLogMark() -> KernelLogMark

    /// Runs `body` for every item on a pool of at most `limit` threads and returns the results in order.
    func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], atMost limit: Int, _ body: @Sendable @escaping (Item) -> Result) -> [Result]

    /// Runs `body` for the items on a bounded pool of threads, first items first, until one of them has a
    /// result; nil where none has one or `deadline` passes. Calls that still run then are abandoned to the
    /// end of the process.
    func firstResult<Item: Sendable, Result: Sendable>(
        _ items: [Item], until deadline: Instant, _ body: @Sendable @escaping (Item) -> Result?
    ) -> Result?
}

extension Host {
    /// On as many threads as a host can well have.
    package func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ body: @Sendable @escaping (Item) -> Result
    ) -> [Result] {
        concurrently(items, atMost: 64, body)
    }
}

extension Host where Self: Clock {
    /// One after the other, for kernels whose calls do not block.
    package func firstResult<Item: Sendable, Result: Sendable>(
        _ items: [Item], until deadline: Instant, _ body: @Sendable @escaping (Item) -> Result?
    ) -> Result? {
        for item in items where now() < deadline {
            if let result = body(item) { return result }
        }
        return nil
    }
}

/// A position in the kernel's log.
package struct KernelLogMark: Hashable, Sendable {
    package let sequence: UInt64
    package init(sequence: UInt64) { self.sequence = sequence }
}

/// A tag that libblkid found on a device, e.g. `TYPE=ext4` or `UUID_SUB=…`.
package struct SignatureTag: Hashable, Sendable {
    package let name: String
    package let value: [UInt8]

    package init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// What libblkid recognises on a device.
package protocol Signatures: Sendable {
    /// Superblocks and partition tables found by a safe low-level probe of an open device.
    func probe(_ handle: DeviceHandle) throws(SystemCallError) -> [SignatureTag]
}

/// One word the command line scanner found.
package enum ScannedWord: Hashable, Sendable {
    /// An operand, at its place in the line.
    case operand(String)
    /// An option: the value of its `LongOption` (or its letter) and its argument.
    case option(code: Int32, argument: String?)
    /// getopt has already complained on stderr.
    case invalid
    case end
}

/// One row handed to getopt_long.
package struct LongOption: Hashable, Sendable {
    /// Whether the option takes an argument.
    package enum ArgumentRule: Hashable, Sendable { case none, required, optional }

    package let name: String
    package let argument: ArgumentRule
    package let code: Int32

    package init(name: String, argument: ArgumentRule, code: Int32) {
        self.name = name
        self.argument = argument
        self.code = code
    }
}

/// getopt_long(3) in "return in order" style, one word at a time, because mdadm's short options
/// change their shape with the mode seen so far.
package protocol WordScanner {
    /// The next word under the tables in force now; `short` is getopt's option string
    /// without the leading `-`.
    mutating func next(short: String, long: [LongOption]) -> ScannedWord
}

/// Standard input, output and error.
package protocol Console: Sendable {
    func writeOutput(_ text: String)
    func writeError(_ text: String)
    /// read(2) of at most `limit` bytes from standard input; empty at its end.
    func readInput(limit: Int) -> [UInt8]
    /// Columns of the terminal that standard error is; nil where it is none.
    func errorWidth() -> Int?
    /// Whether somebody sits at standard input.
    func isInputTerminal() -> Bool
}

extension Console {
    package func isInputTerminal() -> Bool { false }
}

/// Everything swmdadm asks of Linux. A protocol of its own, for the runtime looks up each that a generic type names:
/// nine of them took half of the start-up's instructions.
package protocol Kernel: BlockDevices, ArrayControl, SystemFiles, Clock, DeviceEvents, Host, Signatures, ServiceHost,
    LocalRequests
{}
