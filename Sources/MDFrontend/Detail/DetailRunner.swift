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
        names = DeviceNames(kernel: context.kernel, prefer: context.options.prefer)
    }

    /// Describes the arrays one after the other; the exit status.
    package func run(_ arrays: [String]) -> Int32 {
        var status: Int32 = 0
        for array in arrays { status |= describe(array) }
        return status
    }

    /// Describes every array of /proc/mdstat by the name it is known by.
    package func scan() -> Int32 { run(ArrayList(kernel: context.kernel, names: names).paths) }

    private var form: DetailForm {
        context.options.isExport ? .export : context.options.isBrief ? .brief : .long
    }

    private func describe(_ array: String) -> Int32 {
        let options = context.options
        do throws(DetailRefusal) {
            let facts = try Detailer(kernel: context.kernel, names: names, form: form).gather(array)
            let showsDevices = !options.noDevices
            switch form {
            case .export: voice.report(DetailExport.text(facts, showsDevices: showsDevices))
            case .brief:
                voice.report(
                    DetailBrief.text(facts, verbose: options.verbosity > 0, showsDevices: showsDevices))
            case .long: voice.report(DetailReport(surroundings, showsDevices: showsDevices).text(facts))
            }
            return options.test && form != .export ? DetailSummary(facts).testStatus : 0
        } catch {
            voice.error(error.words(path: array.escapedText))
            return options.test ? 4 : 1
        }
    }
}

extension DetailRefusal {
    fileprivate func words(path: String) -> String {
        switch self {
        case .cannotOpen(let error): "cannot open \(path): \(error.errno.words)"
        case .notAnArray: "\(path) does not appear to be an md device"
        case .noArray: "Array associated with md device \(path) does not exist."
        }
    }
}
