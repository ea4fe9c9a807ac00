/// What `swmdsim` was asked for.
package struct SimulationCommand: Hashable, Sendable {
    package var seed: UInt64 = 1
    package var count = 1
    package var fault: PlantedFault?
    package var isTracing = false

    /// Reads the words of a command line; nil where they make no sense.
    package init?(_ words: some Sequence<String>) {
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            switch word {
            case "--trace": isTracing = true
            case "--seed":
                guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                seed = number
            case "--count":
                guard let number = rest.popFirst().flatMap({ Int($0) }), number > 0 else { return nil }
                count = number
            case "--fault":
                guard let known = rest.popFirst().flatMap({ PlantedFault(rawValue: $0) }) else { return nil }
                fault = known
            default: return nil
            }
        }
    }

    /// Plays the histories of `count` seeds from `seed` on and writes about them, line by line. True where no
    /// rule was broken.
    package func run(_ write: (String) -> Void) -> Bool {
        var broken = 0
        var steps = 0
        var fingerprint: UInt64 = 0
        for offset in 0..<count {
            let options = HistoryOptions(seed: seed &+ UInt64(offset), fault: fault, isTracing: isTracing)
            let history = ClusterHistory(options)
            steps += history.steps
            fingerprint = (fingerprint &* 31) ^ history.fingerprint
            for line in history.trace { write(line) }
            guard let violation = history.violation else { continue }
            broken += 1
            write("seed \(options.seed): \(violation)")
            if fault != nil { break }
        }
        write("\(count) histories, \(steps) events, \(broken) broken, fingerprint \(fingerprint)")
        return broken == 0
    }
}
