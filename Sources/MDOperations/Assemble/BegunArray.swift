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

    /// Its line of the map.
    var mapEntry: ArrayMap.Entry {
        let superblock = assembly.leader.superblock
        return ArrayMap.Entry(
            name: node.choice.kernelName, metadata: superblock.formatName, uuid: superblock.arrayUUID,
            path: node.choice.path)
    }

    /// The same once it started, or did not; the map knows it.
    func started() -> BegunArray {
        var array = self
        do throws(AssembleRefusal) {
            array.outcome.result = try array.act.start(assembly, &array.executor)
        } catch { array.refuse(error) }
        return array
    }

    mutating func refuse(_ refusal: AssembleRefusal) {
        outcome.result = .refused
        self.refusal = refusal
    }
}

/// Keeps the lock on the map while arrays are begun, which nobody else changes meanwhile.
final class MapHold<K: Kernel>: Sendable {
    let lock: MapLock<K>
    /// The map without the arrays that were begun.
    let map: ArrayMap

    init(_ lock: consuming MapLock<K>) {
        map = lock.read()
        self.lock = lock
    }
}

/// An array that runs, while udev makes its node.
struct AwaitedArray<K: Kernel> {
    var node: ArrayNode<K>
    var report: AssembleReport
}
