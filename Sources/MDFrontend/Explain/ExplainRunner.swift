internal import MDBytes
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--explain` and prints what it found.
package struct ExplainRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let surroundings: Surroundings

    package init(context: Context<K>, voice: Voice, surroundings: Surroundings) {
        self.context = context
        self.voice = voice
        self.surroundings = surroundings
    }

    /// Explains arrays and devices one after the other; 1 where one of them cannot be looked at.
    package func run(_ operands: [String]) -> Int32 {
        let explainer = Explainer(kernel: context.kernel, paths: operands)
        var found: [ExplainFacts] = []
        for operand in operands {
            let path = operand.escapedText
            do throws(ExplainRefusal) { found.append(try explainer.explain(operand)) } catch {
                switch error {
                case .cannotOpen(let call):
                    voice.error("cannot open \(path): \(call.errno.words)", .cannotOpen, on: operand)
                case .notBlockDevice: voice.error("\(path) is no block device", .unsupported, on: operand)
                }
            }
        }
        if context.options.isJSON {
            voice.report(ExplainJSON.document(found).text + "\n")
        } else {
            voice.report(found.map(ExplainText(surroundings).text).joined(separator: "\n"))
        }
        return found.count == operands.count ? 0 : 1
    }
}
