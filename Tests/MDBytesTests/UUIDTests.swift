import MDBytes
import Testing

@Suite struct UUIDTests {
    private let colons = "a7c398cb:79544dfa:d55b5163:7c5cd40e"

    /// [A21]
    @Test func everyFormIsTheSameBytes() {
        let uuid = UUID(parsing: colons)
        #expect(uuid?.colonText == colons)
        #expect(uuid?.dashedText == "a7c398cb-7954-4dfa-d55b-51637c5cd40e")
        #expect(UUID(parsing: "A7C398CB-7954-4DFA-D55B-51637C5CD40E") == uuid)
        #expect(UUID(parsing: "a7.c3 98:cb79544dfad55b51637c5cd40e") == uuid)
    }

    @Test(arguments: ["", "a7c398cb", "a7c398cb:79544dfa:d55b5163:7c5cd40", "a7c398cb:79544dfa:d55b5163:7c5cd40eff", "g7c398cb:79544dfa:d55b5163:7c5cd40e"])
    func othersAreRefused(text: String) {
        #expect(UUID(parsing: text) == nil)
    }
}
