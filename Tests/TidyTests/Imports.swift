/// The arrows of the design: which target may import which.
extension Rule {
    /// `Synchronization` is the standard library's.
    static let arrows: [String: [String]] = [
        "MDBytes": [],
        "MDFormats": ["MDBytes"],
        "MDModel": ["MDFormats", "MDBytes"],
        "MDCluster": ["MDLocks", "MDBytes"],
        "MDKernel": ["MDBytes"],
        "MDLocks": ["MDBytes", "Synchronization"],
        "MDOperations": ["MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes"],
        "ClusterOps": [
            "MDCluster", "MDLocks", "MDBytes", "Synchronization",
        ],
        "MDAgent": [
            "ClusterOps", "MDOperations", "MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes",
            "Synchronization",
        ],
        "MDFrontend": [
            "MDAgent", "MDOperations", "MDModel", "MDFormats", "MDKernel", "MDLocks", "MDBytes",
            "Synchronization",
        ],
        "MDLinux": ["MDKernel", "MDBytes", "Glibc", "CLinux", "CBlkid", "CUdev", "Synchronization"],
        "MDLocksDLM": ["MDLocks", "MDBytes", "Glibc", "CDLM", "Synchronization"],
        "ClusterOpsDLM": ["ClusterOps", "MDLocksDLM", "MDLocks", "MDBytes"],
        "MDSimulator": [
            "MDKernel", "MDLocks", "MDCluster", "MDOperations", "MDModel", "MDFormats", "MDBytes",
            "Synchronization",
        ],
        "swmdadm": [
            "MDFrontend", "MDLinux", "MDLocksDLM", "MDOperations", "MDKernel", "MDLocks", "MDBytes", "Glibc",
        ],
        "swmdsim": ["MDSimulator", "MDLinux", "MDKernel", "Glibc"],
    ]

    static var imports: [Rule] {
        [
            Rule("import", eachFile: { file in
                guard let allowed = arrows[file.target] else { return [(0, "unknown target \(file.target)")] }
                return file.imports.filter { !allowed.contains($0.module) }
                    .map { ($0.line, "\(file.target) must not import \($0.module)") }
            })
        ]
    }
}

extension SourceFile {
    /// The modules that the file imports, with their lines.
    var imports: [(line: Int, module: String)] {
        code.enumerated().compactMap { line, text in
            let words = text.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({
                    $0.hasPrefix("@") || ["package", "internal", "public", "private", "fileprivate"].contains($0)
                })
            else { return nil }
            return (line, words[place + 1].split(separator: ".").first.map(String.init) ?? words[place + 1])
        }
    }
}
