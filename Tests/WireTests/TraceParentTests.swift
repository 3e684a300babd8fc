import Testing
import Wire

@Suite("traceparent (W3C Trace Context, 3.2)")
struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"

    @Test(
        arguments: [
            ("00-\(trace)-\(parent)-01", true), ("00-\(trace)-\(parent)-00", true),
            ("cc-\(trace)-\(parent)-01", true), ("cc-\(trace)-\(parent)-01-what-comes", true),
            ("cc-\(trace)-\(parent)-01.what", false), ("00-\(trace)-\(parent)-01-more", false),
            ("ff-\(trace)-\(parent)-01", false), ("00-\(trace)-\(parent)", false),
            ("00-00000000000000000000000000000000-\(parent)-01", false),
            ("00-\(trace)-0000000000000000-01", false), ("", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-\(parent)-01", false),
            ("00_\(trace)_\(parent)_01", false), ("0g-\(trace)-\(parent)-01", false),
            ("00-\(trace)-\(parent)-0\"", false),
        ]
    )
    func valid(_ text: String, isValid: Bool) {
        let parsed = TraceParent(Array(text.utf8))
        #expect((parsed != nil) == isValid)
        if let parsed { #expect(parsed.text == Array(text.utf8.prefix(55))) }
    }
}
