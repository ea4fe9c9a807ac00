package import MDKernel
package import MDModel

/// The array operand of a command line, understood.
package struct ArrayOperand: Hashable, Sendable {
    /// As it was typed.
    package let word: String
    /// The node the user asked for; it is what messages and the map call the array.
    package let path: String
    /// The last part of the name, without `md` before a number.
    package let name: String
    /// The number, where the operand is one.
    package let number: Int?

    /// Numbers that md accepts: 20 bits.
    package static let numberLimit = 1 << 20
    /// The longest name, in bytes.
    package static let nameLimit = 32

    /// Why a word names no array.
    package enum Refusal: Error, Hashable, Sendable {
        /// A path elsewhere, with the path that would do, if any.
        case badPath(String, try: String?)
        /// Empty, or longer than `nameLimit`.
        case badLength(String)
        /// `<ignore>` and the like, `.` and `..`.
        case keyword(String)
    }

    /// Reads `/dev/mdN`, `/dev/md_dN`, `/dev/md/NAME` or `NAME`.
    package init(_ word: String) throws(Refusal) {
        self.word = word
        if word.hasPrefix("/dev/md"), let digits = Self.digits(of: word.dropFirst(7)) {
            path = word
            name = String(word.dropFirst(word.hasPrefix("/dev/md_") ? 8 : 7))
            number = digits
            return
        }
        let isInDirectory = word.hasPrefix("/dev/md/")
        let bare = isInDirectory ? String(word.dropFirst(8)) : word
        if bare.contains("/") {
            let last = word.hasPrefix("/dev/") ? String(word.dropFirst(5)) : ""
            let advice = isInDirectory || last.isEmpty || last.contains("/") ? nil : "/dev/md/\(last)"
            throw .badPath(word, try: advice)
        }
        guard !bare.isEmpty, bare.utf8.count <= Self.nameLimit else { throw .badLength(bare) }
        guard bare != "<ignore>", bare != ".", bare != ".." else { throw .keyword(bare) }
        path = "/dev/md/\(bare)"
        name = bare
        let digits = bare.hasPrefix("d") ? bare.dropFirst() : Substring(bare)
        number = Self.decimal(digits)
    }

    /// The number behind `/dev/md`: digits, or `_d` and digits.
    private static func digits(of rest: Substring) -> Int? {
        decimal(rest.hasPrefix("_d") ? rest.dropFirst(2) : rest)
    }

    /// Digits only; nil for anything else.
    static func decimal(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }
}

/// How far an array's own name may be trusted when a node is named after it.
package enum NameTrust: Hashable, Sendable {
    /// Ours: the plain name, a suffix only where it is taken.
    case local
    /// Another host's: its name always gets a number unless it says which host.
    case foreign
    /// Metadata that names its own arrays, such as containers: the name and a number, no underscore.
    case metadata
}

/// The number and the node of an array that is about to be made.
package struct ArrayChoice: Hashable, Sendable {
    /// The array's number; nil where the kernel device is called by name (`md_home`).
    package var number: Int?
    /// The kernel's name: `md127` or `md_home`.
    package var kernelName: String
    /// What messages and the map call the array: `/dev/md/home`.
    package var path: String

    package init(number: Int?, kernelName: String, path: String) {
        self.number = number
        self.kernelName = kernelName
        self.path = path
    }

    /// Its marker for udev rule 01: while it exists, the array is not ready.
    package var marker: String { Self.markerPrefix + kernelName }
    /// What the paths of all markers begin with.
    package static var markerPrefix: String { "/run/mdadm/creating-" }
}

/// What is taken already when a name is chosen.
package struct NamingFacts: Hashable, Sendable {
    /// Numbers that no new array may have.
    package var usedNumbers: Set<Int>
    /// Paths that stand for an array, from the map.
    package var usedPaths: Set<String>
    /// `CREATE names=yes`
    package var usesNames: Bool

    package init(usedNumbers: Set<Int> = [], usedPaths: Set<String> = [], usesNames: Bool = false) {
        self.usedNumbers = usedNumbers
        self.usedPaths = usedPaths
        self.usesNames = usesNames
    }
}

/// Chooses numbers and nodes. Pure: all that matters is in the arguments.
package enum ArrayNaming {
    /// Why there is no name or number.
    package enum Failure: Error, Hashable, Sendable {
        /// The path stands for another array already.
        case pathInUse(String)
        /// The number that was typed does.
        case numberInUse(word: String)
        /// Every number is taken.
        case noNumberLeft
        /// A name that a node cannot have.
        case badName(String)
    }

    /// The choice for an operand that the user typed. `name` is the `--name` or the stored name.
    package static func choose(operand: ArrayOperand, name: String?, facts: NamingFacts)
        throws(Failure) -> ArrayChoice
    {
        let isUsed = facts.usedPaths.contains(operand.path)
        if let number = operand.number {
            guard !isUsed else { throw .numberInUse(word: operand.word) }
            return numbered(number, path: operand.path)
        }
        guard !isUsed else { throw .pathInUse(operand.path) }
        return try named(operand.name, path: operand.path, wish: name, facts: facts)
    }

    /// The choice for an array that nobody named on the command line.
    ///
    /// `name` is the stored name; a `host:` part goes away where the array is local.
    package static func choose(stored name: String, trust: NameTrust, facts: NamingFacts)
        throws(Failure) -> ArrayChoice
    {
        let base = nodeName(of: name, trust: trust)
        guard !base.isEmpty, base != ".", base != ".." else {
            let number = try freeNumber(facts)
            return numbered(number, path: "/dev/md\(number)")
        }
        let path = freePath(base, always: needsSuffix(name, trust: trust), trust: trust, facts: facts)
        return try named(
            String(path.dropFirst(8)), path: path, wish: trust == .local ? base : nil, facts: facts)
    }

    /// The first number from 127 down to 0 that is free, else from 511 down to 129.
    package static func freeNumber(_ facts: NamingFacts) throws(Failure) -> Int {
        for number in stride(from: 127, through: 0, by: -1) where !facts.usedNumbers.contains(number) {
            return number
        }
        for number in stride(from: 511, through: 129, by: -1) where !facts.usedNumbers.contains(number) {
            return number
        }
        throw .noNumberLeft
    }

    /// The number that a name stands for: digits behind an optional `/dev/`, `md/` and `md`.
    package static func number(wishedBy name: String) -> Int? {
        var rest = Substring(name)
        for prefix in ["/dev/", "md/", "md"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
        guard let number = ArrayOperand.decimal(rest), number < ArrayOperand.numberLimit else { return nil }
        return number
    }

    private static func numbered(_ number: Int, path: String) -> ArrayChoice {
        ArrayChoice(number: number, kernelName: "md\(number)", path: path)
    }

    private static func named(_ name: String, path: String, wish: String?, facts: NamingFacts)
        throws(Failure) -> ArrayChoice
    {
        if facts.usesNames, !name.contains("/"), name.utf8.count < ArrayOperand.nameLimit - 3 {
            return ArrayChoice(number: nil, kernelName: "md_\(name)", path: path)
        }
        if let number = wish.flatMap({ number(wishedBy: $0) }), !facts.usedNumbers.contains(number) {
            return numbered(number, path: path)
        }
        return numbered(try freeNumber(facts), path: path)
    }

    /// The stored name as a file name: `/` becomes `-`, blanks `_`, controls `_`.
    private static func nodeName(of name: String, trust: NameTrust) -> String {
        var rest = Substring(name)
        if trust == .local, let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        var result = ""
        for scalar in rest.unicodeScalars {
            if scalar == "/" {
                result += "-"
            } else if scalar.value <= 0x20 || (0x7f..<0xa0).contains(scalar.value) {
                result += "_"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func needsSuffix(_ name: String, trust: NameTrust) -> Bool {
        switch trust {
        case .local: false
        case .foreign: !name.contains(":")
        case .metadata: true
        }
    }

    private static func freePath(_ base: String, always: Bool, trust: NameTrust, facts: NamingFacts) -> String {
        if !always, !facts.usedPaths.contains("/dev/md/\(base)") { return "/dev/md/\(base)" }
        let joint = trust == .metadata ? "" : "_"
        var suffix = 0
        while facts.usedPaths.contains("/dev/md/\(base)\(joint)\(suffix)") { suffix += 1 }
        return "/dev/md/\(base)\(joint)\(suffix)"
    }
}

extension NamingFacts {
    /// Gathers what is taken: mdstat, the map, nodes in `/dev/md`, and nodes of numbers where udev does not run.
    package static func gather<K: Kernel>(
        kernel: K, map: ArrayMap, configuredPaths: [String] = [], usesNames: Bool = false
    ) -> NamingFacts {
        var facts = NamingFacts(usesNames: usesNames)
        for entry in Mdstat.entries(kernel: kernel) {
            if let number = ArrayNaming.number(wishedBy: entry.name) { facts.usedNumbers.insert(number) }
        }
        for path in configuredPaths {
            if let number = (try? ArrayOperand(path))?.number { facts.usedNumbers.insert(number) }
        }
        let existing = Set(map.entries.filter { ArrayDirectory($0.name, kernel: kernel).isSetUp }.map(\.path))
        facts.usedPaths = existing
        for name in (try? kernel.list(directory: "/dev/md")) ?? [] where leadsToArray("/dev/md/\(name)", kernel) {
            facts.usedPaths.insert("/dev/md/\(name)")
        }
        if !kernel.isUdevRunning() {
            for name in (try? kernel.list(directory: "/dev")) ?? [] where name.hasPrefix("md") {
                if let number = ArrayOperand.decimal(name.dropFirst(2)) { facts.usedNumbers.insert(number) }
            }
        }
        return facts
    }

    /// Whether a name stands for an array of now, and not for one that is gone or came to nothing.
    private static func leadsToArray<K: Kernel>(_ path: String, _ kernel: K) -> Bool {
        guard let status = try? kernel.status(ofPath: path), status.kind == .block else { return false }
        return ArrayDirectory(of: status.device, kernel: kernel)?.isSetUp ?? false
    }
}
