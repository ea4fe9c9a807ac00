internal import MDOperations
internal import Synchronization

/// What is collected while a verb runs with `--json`, to be printed as whole documents when it has ended.
final class JSONAnswers: Sendable {
    private struct Collected: Sendable {
        var problems: [Problem] = []
        var steps: [Step] = []
    }

    private let collected = Mutex(Collected())

    /// Something that would be a line on standard error.
    struct Problem: Hashable, Sendable {
        var device: String?
        var reason: Reason
        var text: String
    }

    /// Why, in a word that programs may act on. Words are added; none changes its meaning.
    enum Reason: String, CaseIterable, Hashable, Sendable {
        case usage, root = "needs-root"
        case cannotOpen = "cannot-open"
        case notAnArray = "not-an-array"
        case noArray = "no-array"
        case nothingFound = "nothing-found"
        case noBitmap = "no-bitmap"
        case unsupported, unreadable, damaged, question, other
    }

    func add(_ problem: Problem) { collected.withLock { $0.problems.append(problem) } }

    /// Goes on with the text of the problem before it.
    func add(more text: String) {
        collected.withLock { collected in
            guard let last = collected.problems.indices.last else { return }
            collected.problems[last].text += " " + text
        }
    }

    func add(_ step: Step) { collected.withLock { $0.steps.append(step) } }

    /// The document on standard error; nil where nothing went wrong.
    var errors: JSON? {
        let problems = collected.withLock { $0.problems }
        return problems.isEmpty ? nil : Self.errors(problems)
    }

    /// `swmdadm.error`
    static func errors(_ problems: [Problem]) -> JSON {
        .document("error", [
            "errors": .list(problems.map { problem in
                .members([
                    "device": .text(problem.device), "reason": .text(problem.reason.rawValue),
                    "text": .text(problem.text),
                ])
            })
        ])
    }

    /// The document of a dry run.
    var plan: JSON { PlanJSON.document(collected.withLock { $0.steps }) }
}
