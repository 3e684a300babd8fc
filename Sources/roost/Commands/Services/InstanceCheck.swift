internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// How `roost register` finds whether an instance is well: a command that succeeds, an address that
/// answers HTTP with 2xx or 3xx, or one that takes a connection.
struct InstanceCheck: Sendable {
    private enum Kind: Sendable {
        case command(String)
        case http(ServiceAddress, path: [UInt8])
        case connection(ServiceAddress)
    }

    /// What of a command's output is kept, in bytes.
    private static let outputByteCountMax = 1024
    /// Between the request to end and SIGKILL.
    private static let graceMilliseconds: UInt64 = 500

    private let kind: Kind
    let timeoutMilliseconds: UInt64

    /// - Parameter text: `http://`, `https://` or `tcp://` with an address, else a command.
    init(
        _ text: String,
        security: ClientSecurity,
        timeoutMilliseconds: UInt64
    ) throws(Failure) {
        self.timeoutMilliseconds = timeoutMilliseconds
        let scheme = ["http://", "https://", "tcp://"].first { text.hasPrefix($0) }
        guard let scheme else {
            kind = .command(text)
            return
        }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        let hasPort = host.last != "]" && host.contains(":")
        let port = hasPort ? "" : scheme == "https://" ? ":443" : scheme == "http://" ? ":80" : ""
        do throws(EndpointError) {
            let place = try Endpoint(parsing: host + port)
            let path = rest.dropFirst(host.count)
            switch scheme {
            case "tcp://" where path.isEmpty: kind = .connection(ServiceAddress(place))
            case "tcp://": throw EndpointError.invalidHost(String(rest))
            default:
                kind = .http(
                    ServiceAddress(place, security: scheme == "https://" ? security : nil),
                    path: path.isEmpty ? [UInt8(ascii: "/")] : Array(path.utf8)
                )
            }
        } catch {
            throw .usage(
                "--check '\(text)' names no address: \(error)",
                hint: "write for example http://127.0.0.1:8080/health or tcp://127.0.0.1:5432"
            )
        }
        if case .http(_, let path) = kind, !path.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            throw .usage(
                "--check '\(text)' has a path that no request can have",
                hint: "encode what is no plain character, for example a blank as %20"
            )
        }
    }

    /// Looks once; why it is not well, nil where it is.
    func fault() -> String? {
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: timeoutMilliseconds)
        switch kind {
        case .command(let command):
            do throws(SystemError) {
                return try Self.fault(of: command, until: deadline)
            } catch { return "cannot run the check: \(error)" }
        case .http(let address, let path):
            do throws(LinkError) {
                let client = Client(endpoints: [address], authorization: nil)
                let reply = try client.attempt(.read(path), until: deadline)
                return (200..<400).contains(reply.status) ? nil : "HTTP \(reply.status)"
            } catch { return error.why }
        case .connection(let address):
            do throws(LinkError) {
                _ = try Connection(to: address, until: deadline)
                return nil
            } catch { return error.why }
        }
    }

    // MARK: - Commands

    private static func fault(
        of command: String,
        until deadline: MonotonicTime
    ) throws(SystemError) -> String? {
        let pipe = try PipeEnd.makePair()
        try pipe.reading.makeNonBlocking()
        let child = try start(command, output: pipe.writing)
        let ending = try ending(of: child, until: deadline)
        let output = said(pipe.reading)
        guard let ending else {
            return "the check did not end in time\(output)"
        }
        return ending == .exited(0) ? nil : "the check ended with \(ending.words)\(output)"
    }

    private static func start(
        _ command: String,
        output: PipeEnd
    ) throws(SystemError) -> ChildProcess {
        var launch = ChildProcess.Launch(
            executable: "/bin/sh",
            arguments: ["/bin/sh", "-c", command]
        )
        launch.group = .own
        launch.descriptors = [
            .init(output.descriptor, as: 1), .init(output.descriptor, as: 2),
        ]
        return try ChildProcess(launch)
    }

    /// How it ended; nil where it did not and was ended.
    private static func ending(
        of child: ChildProcess,
        until deadline: MonotonicTime
    ) throws(SystemError) -> ChildProcess.Ending? {
        let group = ProcessGroup(id: child.id)
        while Clock.monotonicNow() < deadline {
            _ = try Poller.wait(for: child, interest: .readable, until: deadline)
            if let ending = try child.ending() {
                group.kill()
                return ending
            }
        }
        group.terminate()
        let end = Clock.monotonicNow().advanced(byMilliseconds: graceMilliseconds)
        if !group.isGone(by: end) { group.kill() }
        _ = try child.wait()
        return nil
    }

    /// What it said, as far as it is at hand.
    private static func said(_ pipe: PipeEnd) -> String {
        var buffer = [UInt8](repeating: 0, count: outputByteCountMax)
        guard case .bytes(let count) = pipe.read(into: &buffer) else { return "" }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.isEmpty ? "" : ": \(line)"
    }
}
