internal import MDKernel
internal import MDModel

/// An array that has everything but its members.
struct BegunArray<K: Kernel>: Sendable {
    /// Of its outcome.
    let place: Int
    var outcome: AssembleOutcome
    var node: ArrayNode<K>
    var act: AssemblyAct<K>
    var executor: Executor<K>
    let assembly: Assembly
    var refusal: AssembleRefusal?

    /// The same once it started, or did not.
    func started() -> BegunArray {
        var array = self
        array.outcome.result = .refused
        do throws(AssembleRefusal) {
            array.outcome.result = try array.act.start(assembly, &array.executor)
        } catch { array.refusal = error }
        return array
    }
}

/// Keeps the lock on the map while arrays are begun.
final class MapHold<K: Kernel>: Sendable {
    let lock: MapLock<K>

    init(_ lock: consuming MapLock<K>) { self.lock = lock }
}

/// An array that runs, while udev makes its node.
struct AwaitedArray<K: Kernel> {
    var node: ArrayNode<K>
    var report: AssembleReport
}
