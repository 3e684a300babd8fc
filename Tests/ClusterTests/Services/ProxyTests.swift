import Foundation
import Glibc
import TestCluster
import Testing

/// A program that is on this machine or is not.
private enum Tool {
    static func path(_ name: String) -> String? {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return (places.map(String.init) + ["/usr/sbin", "/usr/bin"]).map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

@Suite("nginx, HAProxy and Prometheus fed by deploy/examples", .serialized)
struct ProxyTests {
    /// A directory with the examples, at ports of their own, and the processes that run there.
    private final class Site {
        let directory: URL
        let port: UInt16
        let cluster: Cluster
        private var processes: [Process] = []

        init() throws {
            // nginx passes its upstream's name on as the host.
            cluster = try Cluster.started(count: 1, flags: ["--allow-host", "web"])
            port = try PortReservation.ports(count: 1)[0]
            directory = FileManager.default.temporaryDirectory
                .appending(path: "roost-proxy-\(UUID().uuidString)")
            let examples = URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "deploy/examples")
            try FileManager.default.copyItem(at: examples, to: directory)
            for name in ["nginx.conf", "haproxy.cfg", "prometheus.yaml"] {
                let file = directory.appending(path: name)
                let text = try String(contentsOf: file, encoding: .utf8)
                    .replacingOccurrences(of: "127.0.0.1:8000", with: "127.0.0.1:\(port)")
                    .replacingOccurrences(of: "127.0.0.1:2379", with: cluster.endpoints)
                try Data(text.utf8).write(to: file)
            }
            let binary = try #require(Member.binary)
            try FileManager.default.createSymbolicLink(
                at: directory.appending(path: "roost"),
                withDestinationURL: URL(fileURLWithPath: binary)
            )
        }

        deinit {
            for process in processes.reversed() {
                process.terminate()
                process.waitUntilExit()
            }
        }

        func start(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = arguments
            process.currentDirectoryURL = directory
            var environment = ProcessInfo.processInfo.environment
            environment["ROOST_ENDPOINTS"] = cluster.endpoints
            environment["PATH"] =
                "\(directory.path):\(environment["PATH"] ?? "/usr/bin:/bin"):/usr/sbin"
            process.environment = environment
            process.standardInput = FileHandle.nullDevice
            try process.run()
            processes.append(process)
        }

        func follow(_ format: String, _ file: String, check: String, reload: String) throws {
            try start("sh", "follow.sh", "web", format, file, check, reload)
            #expect(eventually(withinSeconds: 30) { self.text(file) != nil })
        }

        func text(_ file: String) -> String? {
            try? String(contentsOf: directory.appending(path: file), encoding: .utf8)
        }

        func register(_ id: String, port: UInt16) throws {
            let body =
                #"{"address":"127.0.0.1","port":\#(port),"tags":["metrics"],"meta":{"zone":"z1"}}"#
            let answer = try cluster.members[0].connect().request(
                "PUT",
                target: "/v1/services/web/\(id)",
                body: Data(body.utf8)
            )
            #expect([200, 201].contains(answer.status))
        }

        func report(_ id: String, _ status: String) throws {
            let answer = try cluster.members[0].connect().request(
                "PUT",
                target: "/v1/services/web/\(id)/health",
                body: Data(#"{"status":"\#(status)"}"#.utf8)
            )
            #expect(answer.status == 200)
        }

        /// What the proxy answers; 0 while it does not.
        var status: Int {
            (try? HTTPConnection(port: port).request("GET", target: "/livez").status) ?? 0
        }

        func answers(_ statuses: [Int]) -> Bool {
            eventually(withinSeconds: 60) { statuses.contains(self.status) }
        }
    }

    private func serves(_ site: Site) throws {
        #expect(site.answers([502, 503]), "without an instance")
        try site.register("member", port: site.cluster.members[0].clientPort)
        #expect(site.answers([200]), "with one")
        try site.report("member", "critical")
        #expect(site.answers([502, 503]), "with a sick one")
        try site.report("member", "passing")
        #expect(site.answers([200]), "with one that is well again")
    }

    @Test(
        "nginx serves what is registered, and nothing else",
        .enabled(if: Tool.path("nginx") != nil)
    )
    func nginx() throws {
        let site = try Site()
        try site.follow(
            "nginx",
            "web.servers",
            check: "nginx -t -q -e stderr -p . -c nginx.conf",
            reload: "nginx -s reload -e stderr -p . -c nginx.conf"
        )
        #expect(site.text("web.servers") == "server 127.0.0.1:65535 down;\n")
        try site.start("nginx", "-e", "stderr", "-p", ".", "-c", "nginx.conf")
        try serves(site)
    }

    @Test("HAProxy serves what is registered", .enabled(if: Tool.path("haproxy") != nil))
    func haproxy() throws {
        let site = try Site()
        try site.follow(
            "haproxy",
            "web.backend",
            check: "haproxy -c -q -f haproxy.cfg -f web.backend",
            reload: "kill -USR2 $(cat haproxy.pid)"
        )
        #expect(site.text("web.backend") == "backend web\n")
        try site.start(
            "haproxy",
            "-W",
            "-p",
            "haproxy.pid",
            "-f",
            "haproxy.cfg",
            "-f",
            "web.backend"
        )
        try serves(site)
    }

    @Test("Prometheus scrapes what is registered", .enabled(if: Tool.path("prometheus") != nil))
    func prometheus() throws {
        let site = try Site()
        try site.register("n1", port: site.cluster.members[0].clientPort)
        try site.start(
            "prometheus",
            "--config.file=prometheus.yaml",
            "--storage.tsdb.path=data",
            "--web.listen-address=127.0.0.1:\(site.port)",
            "--log.level=error"
        )
        func isScraped() -> Bool {
            let answer = try? HTTPConnection(port: site.port).request(
                "GET",
                target: "/api/v1/targets"
            )
            guard let text = answer?.text else { return false }
            return text.contains(#""instance":"n1","job":"web","zone":"z1""#)
        }
        #expect(eventually(withinSeconds: 60) { isScraped() })
    }
}
