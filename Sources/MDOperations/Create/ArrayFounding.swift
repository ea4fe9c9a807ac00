internal import MDKernel
internal import MDModel

/// What a creation and a build do alike before an array has members: the map's lock, a name, a node.
/// Tells what fails.
struct ArrayFounding<K: Kernel> {
    let context: Context<K>
    let configuration: Configuration

    func operand(_ word: String) throws(CreateEnded) -> ArrayOperand {
        do throws(ArrayOperand.Refusal) { return try ArrayOperand(word) } catch {
            tell(.badOperand(error))
            throw .failed
        }
    }

    func mapLock(_ executor: borrowing Executor<K>) throws(CreateEnded) -> MapLock<K> {
        do throws(SystemCallError) {
            return try MapLock(kernel: context.kernel, dryRun: executor.isDryRun)
        } catch {
            tell(.mapLocked(error))
            throw .failed
        }
    }

    func choose(_ operand: ArrayOperand, name: String?, _ lock: borrowing MapLock<K>)
        throws(CreateEnded) -> ArrayChoice
    {
        let facts = NamingFacts.gather(
            kernel: context.kernel, map: lock.read(), configuredPaths: configuration.arrays.compactMap(\.path),
            usesNames: configuration.creation.useNames)
        do throws(ArrayNaming.Failure) {
            return try ArrayNaming.choose(operand: operand, name: name, facts: facts)
        } catch {
            tell(.naming(error))
            throw .failed
        }
    }

    func make(
        _ choice: ArrayChoice, _ visibility: ArrayNode<K>.Visibility = .hiddenUntilAnnounced,
        _ executor: inout Executor<K>
    ) throws(CreateEnded) -> ArrayNode<K> {
        do throws(ArrayNode<K>.Failure) {
            return try ArrayNode.make(choice, visibility, executor: &executor, context: context)
        } catch {
            switch error {
            case .inUse(let path): tell(.arrayInUse(path))
            case .notMade(let name, let cause): tell(.cannotMakeArray(name: name, cause.errno))
            case .notOpened(let path, let cause): tell(.cannotOpenArray(path: path, cause.errno))
            case .step(let failure): tell(.stepFailed(failure))
            }
            throw .failed
        }
    }

    /// Takes the array out of the map again.
    func forget(_ name: String, _ executor: inout Executor<K>) {
        do throws(CreateEnded) {
            let lock = try mapLock(executor)
            do throws(StepFailure) { try executor.perform(lock.removing(name)) } catch { tell(.stepFailed(error)) }
        } catch { return }
    }

    private func tell(_ notice: CreateNotice) { context.listener.tell(.create(notice)) }
}
