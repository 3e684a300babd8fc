import Foundation
import Testing

@Suite("The client in Python of Docs/Examples")
struct PythonClientTests {
    @Test("its own tests hold against real members, some of which they kill")
    func holds() throws {
        let tests = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Docs/Examples/python/test_roost.py")
        let result = try Script.run(
            "ROOST_BINARY=$ROOST exec python3 -B -W ignore '\(tests.path)' 2>&1"
        )
        #expect(result.status == 0, "\(result.text)\(result.error)")
        #expect(result.text.hasSuffix("\nOK\n"), "\(result.text)")
    }
}
