internal import MDBytes
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--detail` and prints what it found.
package struct DetailRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let surroundings: Surroundings
    private let names: DeviceNames<K>

    package init(context: Context<K>, voice: Voice, surroundings: Surroundings) {
        self.context = context
        self.voice = voice
        self.surroundings = surroundings
        // What goes to programs does not depend on taste.
        let prefer = context.options.isExport && !context.options.isJSON ? nil : context.options.prefer
        names = DeviceNames(kernel: context.kernel, prefer: prefer)
    }

    /// Describes the arrays one after the other; the exit status.
    package func run(_ arrays: [String]) -> Int32 {
        var status: Int32 = 0
        var found: [DetailFacts] = []
        for array in arrays {
            let (answer, facts) = describe(array)
            status |= answer
            if let facts { found.append(facts) }
        }
        if form == .json { voice.report(DetailJSON.document(found).text + "\n") }
        return status
    }

    /// Describes every array of /proc/mdstat by the name it is known by.
    package func scan() -> Int32 { run(ArrayList(kernel: context.kernel, names: names).paths) }

    private var form: DetailForm {
        let options = context.options
        return options.isJSON ? .json : options.isExport ? .export : options.isBrief ? .brief : .long
    }

    private func describe(_ array: String) -> (status: Int32, DetailFacts?) {
        let options = context.options
        do throws(DetailRefusal) {
            let facts = try Detailer(kernel: context.kernel, names: names, form: form).gather(array)
            let showsDevices = !options.noDevices
            switch form {
            case .json: break
            case .export: voice.report(DetailExport.text(facts, showsDevices: showsDevices))
            case .brief:
                voice.report(
                    DetailBrief.text(facts, verbose: options.verbosity > 0, showsDevices: showsDevices))
            case .long: voice.report(DetailReport(surroundings, showsDevices: showsDevices).text(facts))
            }
            return (options.test && form != .export ? DetailSummary(facts).testStatus : 0, facts)
        } catch {
            voice.error(error.words(path: array.escapedText), error.reason, on: array)
            return (options.test ? 4 : 1, nil)
        }
    }
}

extension DetailRefusal {
    fileprivate var reason: JSONAnswers.Reason {
        switch self {
        case .cannotOpen: .cannotOpen
        case .notAnArray: .notAnArray
        case .noArray: .noArray
        }
    }

    fileprivate func words(path: String) -> String {
        switch self {
        case .cannotOpen(let error): "cannot open \(path): \(error.errno.words)"
        case .notAnArray: "\(path) does not appear to be an md device"
        case .noArray: "Array associated with md device \(path) does not exist."
        }
    }
}
