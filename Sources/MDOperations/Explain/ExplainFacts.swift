package import MDKernel
package import MDModel

/// What `--explain` found out about one operand.
package struct ExplainFacts: Hashable, Sendable {
    /// The operand as typed.
    package var path: String
    package var subject: Subject
    /// The array itself, or the one that the device belongs to; nil where there is none.
    package var array: ArrayEvidence?
    /// The device itself.
    package var member: MemberEvidence?
    package var explanation: Explanation

    /// Facts that are all still to be found out.
    package init(path: String, subject: Subject = .array, explanation: Explanation) {
        self.path = path
        self.subject = subject
        self.explanation = explanation
    }

    /// What the operand is.
    package enum Subject: String, Hashable, Sendable { case array, device }
}

/// Why there is nothing to explain.
package enum ExplainRefusal: Error, Hashable, Sendable {
    case cannotOpen(SystemCallError)
    case notBlockDevice
}
