import Foundation
import TestCluster
import Testing

@Suite("Keys of any bytes on the command line (cli.md, Keys)", .serialized)
struct AnyKeyTests {
    static let session: [VerbTests.Step] = [
        .init("put", "--bytes", #"any\x00"#, #"v\xff"#, output: #"any\x00 revision "#),
        .init("put", "--bytes", #"\xfe\xff"#, "y", "--note", "why not"),
        .init("put", "--bytes", "/any/path", "p", output: "/any/path revision"),
        .init("get", "any", status: 2, error: "--bytes takes any key"),
        .init("get", "--bytes", "any", status: 3, error: "any does not exist"),
        .init("get", "/any/path", output: "p"),
        .init("get", "--bytes", #"\376\377"#, output: "y"),
        .init("get", "-ojson", "--bytes", #"\376\377"#, output: #""key_base64":"/v8=""#),
        .init("get", "-ojson", "--bytes", #"any\0"#, output: #""value":"dv8=""#),
        .init("get", "--meta", "--bytes", #"\376\377"#, output: "key              \\xfe\\xff\n"),
        .init("get", "--meta", "--bytes", #"\376\377"#, output: "note             why not\n"),
        .init("get", "--meta", "-ojson", "/any/path", output: #""modified":"20"#),
        .init("ls", "--prefix", "any", output: "any\\x00\n"),
        .init("ls", "--from", #"\xfe"#, output: "\\xfe\\xff\n"),
        .init("ls", "--from", "any", "--to", #"any\x00"#, status: 3, error: "no key from 'any'"),
        .init("ls", "--prefix", "any", "-ojson", output: #""key":"any\u0000""#),
        .init("ls", "--prefix", "any", "--count", output: "1\n"),
        .init("ls", "-l", "--from", #"\xfe"#, output: "KEY       NOTE\n"),
        .init("ls", "-l", "/any", output: "Z  1     "),
        .init("ls", "--count", "/any", status: 2, error: "--count needs"),
        .init("ls", "-r", "--count", "/any", output: "1\n"),
        .init("ls", "-r", "--prefix", "any", status: 2, error: "different ways"),
        .init("get", "--prefix", "any", "-ojson", output: #""value":"dv8=""#),
        .init("get", "--from", "/any", "--to", "/any0", output: "p"),
        .init("get", "--prefix", "none", status: 3, error: "no key begins with 'none'"),
        .init("put", "--bytes", "", "x", status: 2, error: "1 to 4096 bytes"),
        .init("put", "/any/path", "x", "--note", "two\nlines", status: 2, error: "one line"),
        .init("rm", "--bytes", "any", status: 3, error: "any does not exist"),
        .init("rm", "--prefix", "", status: 2, error: "--all"),
        .init("rm", "--from", "/", status: 2, error: "--all"),
        .init("rm", "--prefix", "any", output: "deleted 1 revision"),
        .init("rm", "--from", #"\x80"#, output: "deleted 1 revision"),
        .init("rm", "-r", "--bytes", "any", status: 2, error: "not a path"),
        .init("rm", "-r", "--bytes", "/any", output: "deleted 1 revision"),
    ]

    @Test("a session of every verb that takes them")
    func everyVerb() throws {
        let cluster = try SharedMember.cluster()
        for step in Self.session {
            let result = try CommandLine(step.arguments, endpoints: cluster.endpoints).result()
            let name = step.testDescription
            #expect(result.status == step.status, "roost \(name): \(result.output)\(result.error)")
            if let output = step.output {
                #expect(result.output.contains(output), "roost \(name): \(result.output)")
            }
            if let error = step.error {
                #expect(result.error.contains(error), "roost \(name): \(result.error)")
            }
        }
    }

    @Test("every key that ls prints can be given back with --bytes")
    func givenBack() throws {
        let cluster = try SharedMember.cluster()
        let keys = [
            #"back\\slash"#, #"back\x00\x01"#, #"back\xff"#, "back é", #"back"quoted""#, "back\\n",
        ]
        for key in keys { try CommandLine.run("put", "--bytes", key, "1", on: cluster) }
        let listed = try CommandLine.run("ls", "--prefix", "back", on: cluster).output
            .split(separator: "\n").map(String.init)
        #expect(Set(listed) == Set(keys))
        for key in listed {
            #expect(try CommandLine.run("rm", "--bytes", key, on: cluster).status == 0, "\(key)")
        }
        #expect(try CommandLine.run("ls", "--prefix", "back", on: cluster).status == 3)
    }
}
