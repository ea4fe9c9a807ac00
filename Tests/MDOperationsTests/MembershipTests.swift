import MDOperations
import Testing

@Suite struct MembershipTests {
    private static let line = "md-cluster: Joined cluster 01234567-89ab-cdef-0123-456789abcdef slot "

    /// The driver counts from one.
    @Test(arguments: [("1", 0), ("32", 31), ("0", nil), ("-1", nil), ("x", nil), ("", nil), ("99999999999999999999", nil)])
    func theSlotIsTheLogs(_ logged: String, _ slot: Int?) {
        #expect(ClusterMembership.slot(in: [Self.line + logged]) == slot)
    }

    @Test func theLastLineCounts() {
        #expect(ClusterMembership.slot(in: [Self.line + "1", Self.line + "3", "md127: bitmap initialized"]) == 2)
        #expect(ClusterMembership.slot(in: ["md-cluster: Joined cluster", ""]) == nil)
    }
}
