import Foundation
import Testing

@testable import Server

@Suite("The file with an issuer's keys")
struct OutsideKeysTests {
    private static func configuration(_ flags: [(String, String)]) throws -> Configuration {
        try Configuration(flags: flags.map { (name: $0.0, value: $0.1) })
    }

    private static let key =
        #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#

    @Test("it counts when it is there, when it changes, and not when it cannot be used")
    func changes() throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "keys-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: path) }
        let trust = try #require(
            try OutsideTrust(
                Self.configuration([
                    ("jwt-keys", path.path), ("jwt-issuer", "i"), ("jwt-audience", "a"),
                ])
            )
        )
        var keys = OutsideKeys(trust)
        #expect(throws: OutsideKeys.Fault.self) { try keys.look() }
        #expect(try keys.look() == nil, "told once")
        func write(_ text: String) throws { try Data(text.utf8).write(to: path) }
        try write(#"{"keys":[\#(Self.key)]}"#)
        #expect(try keys.look() != nil)
        #expect(try keys.look() == nil)
        try write("nonsense")
        #expect(throws: OutsideKeys.Fault.self) { try keys.look() }
        #expect(try keys.look() == nil, "told once")
        try write(#"{"keys":[\#(Self.key),{"kty":"oct"}]}"#)
        #expect(try keys.look() != nil)
    }

    @Test(
        "an issuer is named whole or not at all",
        arguments: [
            [("jwt-keys", "f")], [("jwt-keys", "f"), ("jwt-issuer", "i")], [("jwt-issuer", "i")],
            [("jwt-audience", "a")],
            [("jwt-keys", "f"), ("jwt-issuer", ""), ("jwt-audience", "a")],
        ]
    )
    func whole(_ flags: [(String, String)]) throws {
        let configuration = try Self.configuration(flags)
        #expect(throws: ConfigurationError.self) { try OutsideTrust(configuration) }
    }
}
