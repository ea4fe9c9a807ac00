package import MDBytes

/// Which host an array must belong to, after command line and configuration were weighed.
package struct HomeHost: Hashable, Sendable {
    /// The host's name; nil for "no host".
    package var name: String?
    /// Whether arrays of other hosts are foreign (`<ignore>` and `<none>` switch it off).
    package var isRequired: Bool

    package init(name: String?, isRequired: Bool) {
        self.name = name
        self.isRequired = isRequired
    }
}

/// Options that mean the same to every verb.
package struct CommonOptions: Hashable, Sendable {
    /// `-v` counts up, `-q` counts down.
    package var verbosity = 0
    package var isBrief = false
    package var isScan = false
    package var isExport = false
    package var force = false
    /// `--run`
    package var run = false
    package var test = false
    package var readOnly = false
    package var noDevices = false
    /// Print the plan and change nothing.
    package var dryRun = false
    /// Report as JSON.
    package var isJSON = false
    /// `--homehost=` as typed; nil where it was not given.
    package var homeHost: String?
    /// `--home-cluster=` as typed.
    package var homeCluster: String?
    /// `--config=` as typed.
    package var config: String?
    /// `--sparc2.2`: 0.90 superblocks are shown as they would be once put right.
    package var mendsSparc = false
    /// `--prefer=`
    package var prefer: String?
    /// `-e`: the metadata descriptor as typed, already known to be a word we understand.
    package var metadata: String?

    package init() {}
}

/// `--bitmap=`
package enum BitmapChoice: Hashable, Sendable {
    /// The option was not given.
    case unspecified
    case none, `internal`, lockless, clustered
}

/// An operand that is a device, with the flags in force at its place in the line.
package struct DeviceOperand: Hashable, Sendable {
    package var path: String
    package var isWriteMostly: Bool?
    package var isFailfast: Bool?
    /// It stands behind `--write-journal`.
    package var isJournal = false
    /// Where its data is to begin, if it has a place of its own.
    package var dataOffset: Sectors?

    package init(path: String, isWriteMostly: Bool? = nil, isFailfast: Bool? = nil) {
        self.path = path
        self.isWriteMostly = isWriteMostly
        self.isFailfast = isFailfast
    }

    /// The word `missing` in any letter case.
    package var isMissing: Bool { path.lowercased() == "missing" }
}
