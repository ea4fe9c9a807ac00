internal import MDBytes
package import MDKernel
package import MDModel
package import MDOperations

/// `--undo`, from the request to the exit status.
package struct UndoRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice

    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
    }

    /// 0: listed or put back; 1: refused, nothing was changed, or failed.
    package func run(_ request: UndoRequest) -> Int32 {
        let verb = UndoVerb(context)
        if let entry = request.entry { return verb.restore(entry) ? 0 : 1 }
        let entries = verb.entries()
        if request.common.isJSON {
            voice.report(UndoText.json(entries).text + "\n")
        } else {
            voice.report(UndoText.list(entries) { context.kernel.localTime($0).text })
        }
        return 0
    }
}
