internal import MDLocks

/// One thing that a lock manager promises, tried on any of them under one name.
package struct LockContract: Sendable {
    package let name: String
    /// Whether nodes must die for it.
    package let needsDeath: Bool
    private let body: @Sendable (LockBench) throws -> Void

    init(_ name: String, needsDeath: Bool = false, _ body: @escaping @Sendable (LockBench) throws -> Void) {
        self.name = name
        self.needsDeath = needsDeath
        self.body = body
    }

    /// Tries it with new holders, and lets them all go.
    package func run(on bench: LockBench) throws {
        defer { bench.closeAll() }
        try body(bench)
    }

    /// All of them, in the order in which they are best read.
    package static var all: [LockContract] {
        granting + waiting + notices + values + lives + protocols + histories + deaths
    }
}
