import Glibc

/// A load generator for the systems that Roost is compared with, in their own protocols: one thread,
/// one poller, requests copied from templates. Prints one line of figures between tabs.
@main
struct PeerLoad {
    private static let usage = """
        usage: peer-load load zookeeper|etcd REQUEST ADDRESS:PORT [FLAG VALUE]...
               peer-load watch zookeeper|etcd ADDRESS:PORT [--watchers N] [--writes N]
               peer-load first-write zookeeper|etcd|http PROCESS ADDRESS:PORT...
               peer-load fdatasync DIRECTORY
        REQUEST is create (each key once), write, read or stale-read.
        flags: --connections N  --depth N  --keys N  --seconds N  --prefix KEY  --value-size BYTES
               --batch N
        """

    static func main() {
        raiseDescriptorLimit()
        do throws(Failure) {
            print(try line(Array(CommandLine.arguments.dropFirst())))
        } catch {
            standardError("peer-load: \(error.reason)\n")
            exit(1)
        }
    }

    private static func line(_ arguments: [String]) throws(Failure) -> String {
        var operands = arguments.prefix { !$0.hasPrefix("--") }
        let flags = try Flags(arguments.dropFirst(operands.count))
        switch operands.popFirst() {
        case "fdatasync" where operands.count == 1:
            return try SyncProbe.run(in: operands[operands.startIndex]).line
        case "load" where operands.count == 3:
            return switch operands.popFirst() {
            case "zookeeper": try load(ZooKeeperDialect.self, operands: operands, flags: flags).line
            case "etcd": try load(EtcdDialect.self, operands: operands, flags: flags).line
            default: throw Failure(usage)
            }
        case "watch" where operands.count == 2:
            return switch operands.popFirst() {
            case "zookeeper":
                try watch(ZooKeeperDialect.self, operands: operands, flags: flags).line
            case "etcd": try watch(EtcdDialect.self, operands: operands, flags: flags).line
            default: throw Failure(usage)
            }
        case "first-write" where operands.count >= 3:
            return switch operands.popFirst() {
            case "zookeeper":
                try firstWrite(ZooKeeperDialect.self, operands: operands, flags: flags)
            case "etcd": try firstWrite(EtcdDialect.self, operands: operands, flags: flags)
            case "http": try firstWrite(HTTPDialect.self, operands: operands, flags: flags)
            default: throw Failure(usage)
            }
        default: throw Failure(usage)
        }
    }

    private static func load<D: Dialect>(
        _ dialect: D.Type,
        operands: ArraySlice<String>,
        flags: Flags
    ) throws(Failure) -> Figures {
        guard let name = operands.first, let last = operands.last,
            let request = Request(rawValue: name), request != .watch
        else { throw Failure(usage) }
        var loop = try ClosedLoop<D>(
            to: Endpoint(last),
            job: flags.job(request),
            connections: flags.connections,
            depth: flags.depth,
            keys: flags.keys
        )
        return try loop.run(request == .create ? .keys(flags.keys) : .seconds(flags.seconds))
    }

    private static func watch<D: Dialect>(
        _ dialect: D.Type,
        operands: ArraySlice<String>,
        flags: Flags
    ) throws(Failure) -> Figures {
        guard let endpoint = operands.first else { throw Failure(usage) }
        var fanOut = try FanOut<D>(
            to: Endpoint(endpoint),
            write: flags.job(.write),
            watch: flags.job(.watch),
            watchers: flags.watchers
        )
        return try fanOut.run(writes: flags.writes)
    }

    private static func firstWrite<D: Dialect>(
        _ dialect: D.Type,
        operands: ArraySlice<String>,
        flags: Flags
    ) throws(Failure) -> String {
        guard let process = operands.first.flatMap({ Int32($0) }), process > 1 else {
            throw Failure(usage)
        }
        var survivors: [Endpoint] = []
        for operand in operands.dropFirst() { survivors.append(try Endpoint(operand)) }
        var attempt = FirstWrite<D>(survivors, job: flags.job(.write))
        return "\(try attempt.run(killing: process))"
    }
}
