import Foundation
import TLS
import TestCluster
import TestSupport
import Testing

/// Real members that speak TLS with each other and with clients, and an authority of their own.
struct SecureCluster {
    let cluster: Cluster
    let authority: Authority

    var members: [Member] { cluster.members }
    var endpoints: String {
        members.map { "https://\($0.endpoint)" }.joined(separator: ",")
    }

    /// Makes certificates for three members and for the client `ann`; starts nothing.
    init() throws {
        cluster = try Cluster(count: 3)
        authority = try Authority()
        try write(authority.trust.authorities, to: "ca.crt")
        for member in members { try issue(member.name) }
        try write(try authority.client("ann"), as: "ann")
    }

    /// The path of one of the files.
    func path(_ name: String) -> String { cluster.directory.appending(path: name).path }

    func write(_ bytes: [UInt8]?, to name: String) throws {
        try Data(bytes ?? []).write(to: cluster.directory.appending(path: name))
    }

    /// Writes a certificate and its key.
    func write(_ material: TLSMaterial, as name: String) throws {
        try write(material.chain, to: "\(name).crt")
        try write(material.key, to: "\(name).key")
    }

    /// Makes a member's certificate, in place of the one before.
    func issue(_ member: String) throws {
        try write(try authority.member(member, hosts: ["127.0.0.1"]), as: member)
    }

    /// The flags of a member.
    ///
    /// - Parameter name: whose certificate it shows.
    func flags(_ name: String) -> [String] {
        [
            "--tls-cert", path("\(name).crt"), "--tls-key", path("\(name).key"), "--tls-ca",
            path("ca.crt"), "--client-cert", "required",
        ]
    }

    /// Starts those that do not run, and waits until all serve.
    func start() throws {
        for member in members where !member.isRunning {
            try member.start(flags: flags(member.name))
        }
        let ready = try run(["ready", "--all", "--wait", "30s"])
        let logs = members.map { "--- \($0.name)\n\($0.standardError)" }.joined(separator: "\n")
        try #require(ready.status == 0, "\(ready.error)\n\(logs)")
    }

    /// What `ann` has in its environment.
    var environment: [String: String] {
        [
            "ROOST_CACERT": path("ca.crt"), "ROOST_CERT": path("ann.crt"),
            "ROOST_CERT_KEY": path("ann.key"),
        ]
    }

    /// A command of `ann`'s.
    @discardableResult
    func run(
        _ arguments: [String],
        endpoints: String? = nil,
        without names: [String] = [],
        environment extra: [String: String] = [:]
    ) throws -> CommandLine.Result {
        var environment = environment.merging(extra) { $1 }
        for name in names { environment[name] = "" }
        return try CommandLine(
            arguments,
            endpoints: endpoints ?? self.endpoints,
            environment: environment
        ).result()
    }
}
