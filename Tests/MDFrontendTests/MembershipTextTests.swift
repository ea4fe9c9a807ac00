import MDFrontend
import MDOperations
import Testing

/// `--join --json` and `--leave --json`.
@Suite struct MembershipTextTests {
    @Test func joining() {
        let membership = Membership(
            array: "/dev/md/shared", cluster: "my \"lab\"", wasActive: false, slot: 2, peers: [1, 7])
        let expected = """
            {
              "schema": "swmdadm.membership/1",
              "device": "/dev/md/shared",
              "member": true,
              "before": false,
              "cluster": "my \\"lab\\"",
              "slot": 2,
              "peers": [
                1,
                7
              ]
            }
            """
        #expect(MembershipText.json(membership).text == expected)
    }

    @Test func whatIsNotKnownIsNull() {
        let text = MembershipText.json(left: "/dev/md0", peers: nil).text
        for line in ["\"member\": false", "\"before\": true", "\"cluster\": null", "\"slot\": null", "\"peers\": null"] {
            #expect(text.contains(line), "\(text)")
        }
    }
}
