internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

extension Assembler {
    /// The array that some of the members sit in already but that does not run; nil where there is none.
    func earlierArray(_ superblock: MemberSuperblock, map: ArrayMap, isUpdatingUUID: Bool)
        throws(AssembleRefusal) -> ArrayChoice?
    {
        guard !isUpdatingUUID, let entry = map.entry(uuid: superblock.arrayUUID) else { return nil }
        let directory = ArrayDirectory(entry.name, kernel: context.kernel)
        guard directory.isSetUp else { return nil }
        guard directory.attribute("level").map(\.isEmpty) ?? true else {
            throw .alreadyActive(path: entry.path)
        }
        return ArrayChoice(
            number: ArrayNaming.number(wishedBy: entry.name), kernelName: entry.name, path: entry.path)
    }

    func choose(
        _ superblock: MemberSuperblock, _ operand: ArrayOperand?, _ task: Task, _ facts: NamingFacts
    ) throws(AssembleRefusal) -> ArrayChoice {
        let name = superblock.nodeName
        let bare = name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
        do throws(ArrayNaming.Failure) {
            if let operand {
                return try ArrayNaming.choose(operand: operand, name: bare, facts: facts)
            }
            return try ArrayNaming.choose(stored: name, trust: trust(in: superblock, task), facts: facts)
        } catch {
            switch error {
            case .pathInUse(let path), .numberInUse(let path): throw .inUse(path: path)
            case .noNumberLeft: throw .noNumberLeft
            case .badName(let name): throw .operand(.keyword(name))
            }
        }
    }

    private func trust(in superblock: MemberSuperblock, _ task: Task) -> NameTrust {
        if !task.rules.isAutomatic || superblock.isLocal(to: homeHost) { return .local }
        let name = superblock.nodeName
        return !homeHost.isRequired && configuration.array(for: name) == nil ? .local : .foreign
    }
}
