/// The words of `--update=`.
package enum UpdateWord {
    /// What `--assemble` knows, in the order in which it is listed.
    package static let all = [
        "sparc2.2", "super-minor", "summaries", "resync", "uuid", "name", "nodes", "homehost",
        "home-cluster", "byteorder", "devicesize", "bitmap", "no-bitmap", "bbl", "no-bbl",
        "force-no-bbl", "ppl", "no-ppl", "metadata", "revert-reshape", "layout-original",
        "layout-alternate", "layout-unspecified",
    ]

    /// What `--re-add` may change.
    package static let ofReAdd = ["devicesize", "bbl", "no-bbl", "force-no-bbl"]

    /// What `--update-subarray` may change.
    package static let ofSubarray = ["name", "ppl", "no-ppl", "bitmap", "no-bitmap"]

    /// The words as a list, five on a line.
    static func lines(_ words: [String]) -> [String] {
        stride(from: 0, to: words.count, by: 5).map { start in
            let line = words[start..<min(start + 5, words.count)].map { "'\($0)'" }.joined(separator: ", ")
            return "    " + line + (start + 5 < words.count ? "," : "")
        }
    }
}
