package import MDKernel

/// One thing that the md driver promises, tried on any kernel under one name.
package struct Contract<K: Kernel>: Sendable {
    package let name: String
    private let body: @Sendable (Bench<K>) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Bench<K>) throws -> Void) {
        self.name = name
        self.body = body
    }

    /// Tries it on a clean bench and leaves a clean bench.
    package func run(on bench: Bench<K>) throws {
        try bench.clean()
        do { try body(bench) } catch {
            try bench.clean()
            throw error
        }
        try bench.clean()
    }

    /// All of them, in the order in which they are best read.
    package static var all: [Contract] { lifetime + members + running + spares + attributes }
}
