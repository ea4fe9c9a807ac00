internal import MDBytes
internal import MDModel

extension Parser {
    /// Options that describe the array.
    mutating func applyShape(_ id: OptionID, _ given: Given) throws(Stop) -> Bool {
        switch id {
        case .level: try takeLevel(given)
        case .layout: try takeLayout(given)
        case .raidDevices: try takeRaidDevices(given)
        case .spareDevices: try takeSpareDevices(given)
        case .chunk: try takeChunk(given)
        case .size: line.size = try takeSize(given, before: line.size, least: 8)
        case .arraySize: line.arraySize = try takeSize(given, before: line.arraySize, least: 1)
        case .dataOffset: try takeDataOffset(given)
        case .bitmap: try takeBitmap(given)
        case .bitmapChunk: try takeBitmapChunk(given)
        case .writeBehind: try takeWriteBehind(given)
        case .delay: try takeDelay(given)
        case .consistencyPolicy:
            guard ["resync", "bitmap", "journal", "ppl"].contains(given.argument) else {
                throw given.invalid("one of resync, bitmap, journal, ppl")
            }
            line.policy = given.argument
        case .logicalBlockSize:
            guard let size = Numbers.signed(given.argument), (1...Int64(UInt32.max)).contains(size) else {
                throw given.invalid("a number of bytes from 1 to 4294967295")
            }
            line.logicalBlockSize = size
        default: return false
        }
        return true
    }

    private mutating func takeLevel(_ given: Given) throws(Stop) {
        guard line.level == nil else { throw given.twice }
        guard let level = Level(named: given.argument) else { throw given.invalid("a RAID level") }
        if line.mode == .build,
            ![.linear, .raid0, .raid1, .raid10, .multipath, .faulty].contains(level)
        {
            throw .refused("level \(given.shown) needs metadata, so --build cannot make it")
        }
        if level == .raid0 || level == .linear, let spares = line.spareDevices, spares > 0 {
            throw .refused("level \(given.shown) has no spares, but --spare-devices asks for \(spares)")
        }
        line.level = level
        line.levelWord = given.argument
    }

    private mutating func takeLayout(_ given: Given) throws(Stop) {
        guard line.layout == nil else { throw given.twice }
        if line.mode != .grow {
            guard let level = line.level else { throw .refused("--level must come before --layout") }
            let name = level.name ?? line.levelWord
            guard LayoutWord.isMeaningful(for: level) else {
                throw .refused("\(name) arrays have no layouts to choose from")
            }
            guard LayoutWord.isKnown(given.argument, for: level) else {
                if level == .raid10 { throw given.invalid("nN, fN or oN with N from 1 to 200") }
                throw given.invalid("a layout of \(name)")
            }
        }
        line.layout = given.argument
    }

    private mutating func takeRaidDevices(_ given: Given) throws(Stop) {
        guard line.raidDevices == nil else { throw given.twice }
        guard let count = Numbers.count(given.argument), count > 0 else {
            throw given.invalid("a number of devices")
        }
        line.raidDevices = count
    }

    private mutating func takeSpareDevices(_ given: Given) throws(Stop) {
        // A first value of 0 is not noticed, as in mdadm.
        guard line.spareDevices ?? 0 == 0 else { throw given.twice }
        guard let count = Numbers.count(given.argument) else { throw given.invalid("a number of spares") }
        if line.level == .raid0 || line.level == .linear {
            throw .refused("--spare-devices: level \(line.levelWord) has no spares")
        }
        line.spareDevices = count
    }

    private mutating func takeChunk(_ given: Given) throws(Stop) {
        guard line.chunkKiB == nil else { throw given.twice }
        guard let size = Numbers.size(given.argument), size >= Sectors(8), size.rawValue % 2 == 0,
            size < Sectors(1 << 31)
        else {
            throw given.invalid("a chunk size: whole KiB, at least 4, less than 1T")
        }
        line.chunkKiB = size.kibibytes
    }

    private func takeSize(_ given: Given, before: SizeChoice?, least: UInt64) throws(Stop) -> SizeChoice {
        guard before == nil else { throw given.twice }
        if given.argument == "max" { return .max }
        guard let size = Numbers.size(given.argument), size >= Sectors(least) else {
            throw given.invalid("a size, such as 100M, or max")
        }
        return .sectors(size)
    }

    private mutating func takeDataOffset(_ given: Given) throws(Stop) {
        guard line.dataOffset == nil else { throw given.twice }
        if line.mode == .create, given.argument == "variable" {
            line.dataOffset = .perDevice
        } else if let offset = Numbers.size(given.argument), offset.rawValue >= 2 {
            line.dataOffset = .all(offset)
        } else {
            throw given.invalid("an offset, such as 1M")
        }
    }

    private mutating func takeBitmap(_ given: Given) throws(Stop) {
        if line.mode == .assemble {
            // The manual promises the note for `internal`, too, but mdadm takes that word for the name of a file.
            guard given.argument == "clustered" else {
                throw .refused("--bitmap=\(given.shown): the metadata says which bitmap an array has")
            }
            note(.error("--bitmap is not needed to assemble an array with a bitmap"))
            return
        }
        guard line.bitmap == .unspecified else { throw given.twice }
        switch given.argument {
        case "none": line.bitmap = .none
        case "internal": line.bitmap = .internal
        case "clustered": line.bitmap = .clustered
        case "lockless":
            line.bitmap = .lockless
            note(.note("Experimental lockless bitmap, use at your own disk!"))
        case let word where word.contains("/"):
            throw .refused("--bitmap: a bitmap in a file (\(given.shown)) is not supported; use internal")
        default: throw given.invalid("one of internal, clustered, none")
        }
    }

    private mutating func takeBitmapChunk(_ given: Given) throws(Stop) {
        guard let size = Numbers.size(given.argument), size >= Sectors(2),
            size.rawValue & (size.rawValue - 1) == 0, size < Sectors(1 << 32)
        else { throw given.invalid("a power of two, in KiB or with a suffix, at most 1T") }
        line.bitmapChunk = size.bytes
    }

    private mutating func takeWriteBehind(_ given: Given) throws(Stop) {
        guard given.isPresent else {
            line.writeBehind = 256
            return
        }
        guard let count = Numbers.count(given.argument), count <= 16383 else {
            throw given.invalid("a number of writes from 0 to 16383")
        }
        line.writeBehind = UInt32(count)
    }

    private mutating func takeDelay(_ given: Given) throws(Stop) {
        guard line.delay == nil else {
            note(.error("--delay is given twice; \(given.shown) is ignored"))
            return
        }
        guard let seconds = Numbers.count(given.argument), seconds >= 1 else {
            throw given.invalid("a number of seconds, at least 1")
        }
        line.delay = seconds
    }
}
