internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// The hidden command that shells ask what to offer for a word; silent about everything that fails.
enum CompletionAnswer {
    /// Arguments: what is wanted (`LiveCandidates`), the word so far, and flags that say where the
    /// service is.
    static let verb = "__complete"

    /// Longer than a person waits for a suggestion; what comes later is dropped.
    private static let timeoutMilliseconds: UInt64 = 150
    private static let candidateCountMax: UInt64 = 200

    /// Writes one candidate a line.
    static func run(_ arguments: [[UInt8]]) -> Int32 {
        guard arguments.count >= 2,
            let wanted = LiveCandidates(rawValue: String(decoding: arguments[0], as: UTF8.self))
        else { return ExitCode.usage.rawValue }
        let word = arguments[1]
        do throws(Failure) {
            let request = try CommandTable.parse(Array(arguments[2...]) + [Array("locks".utf8)])
            guard case .invocation(let invocation) = request else { return 0 }
            let client = Client(endpoints: try Service(invocation).endpoints)
            let words = candidates(wanted, for: word, from: client)
            let text = words.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
            StandardStream.output.print(text)
        } catch { return 0 }
        return 0
    }

    private static func candidates(
        _ wanted: LiveCandidates,
        for word: [UInt8],
        from client: Client
    ) -> [[UInt8]] {
        let reply: Response
        do throws(ClientError) {
            reply = try client.perform(
                call(wanted, for: word),
                timeoutMilliseconds: timeoutMilliseconds
            )
        } catch { return [] }
        guard reply.isSuccess, let json = reply.json else { return [] }
        return names(wanted, in: json).filter { name in
            name.starts(with: word) && name.allSatisfy(isPlain)
        }
    }

    private static func call(_ wanted: LiveCandidates, for word: [UInt8]) -> Call {
        switch wanted {
        case .keys:
            let slash = UInt8(ascii: "/")
            let directory = word.lastIndex(of: slash).map { Array(word[..<$0]) } ?? []
            var call = Call.read(
                Call.path(ofKey: directory.isEmpty ? [slash] : directory)
                    + Array("?children&keys&consistency=stale".utf8)
            )
            call.add("limit", value: candidateCountMax)
            return call
        case .members: return .read(Array("/v1/members".utf8))
        case .locks, .elections, .services, .queues:
            var call = Call.read(Array("/v1/\(wanted.rawValue)".utf8))
            call.add("limit", value: candidateCountMax)
            return call
        }
    }

    private static func names(_ wanted: LiveCandidates, in json: JSONValue) -> [[UInt8]] {
        guard wanted == .keys else {
            let items = json.object?[bytes: Array(wanted.rawValue.utf8)]?.array ?? []
            return items.compactMap { $0["name"]?.string }
        }
        return (json["items"]?.array ?? []).flatMap { item -> [[UInt8]] in
            guard let key = item.key else { return [] }
            let hasChildren = item["children"]?.whole ?? 0 > 0
            return (item["mod_revision"] == nil ? [] : [key])
                + (hasChildren ? [key + [UInt8(ascii: "/")]] : [])
        }
    }

    /// Whether every shell takes it for nothing but itself, unquoted.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}
