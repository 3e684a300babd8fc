internal import Bytes
package import Wire

/// One instance of a service, as the registry knows it.
public struct RegisteredInstance: Hashable, Sendable {
    /// Whether it is well.
    public enum Status: String, Hashable, Sendable {
        /// It is well.
        case passing
        /// It works, with something amiss.
        case warning
        /// It gets no work.
        case critical
    }

    /// What is told of its health.
    public struct Health: Hashable, Sendable {
        /// Whether it is well.
        public var status: Status
        /// Why, for people.
        public var output: String

        /// - Parameters:
        ///   - status: whether it is well.
        ///   - output: why; may be empty.
        public init(_ status: Status, output: String = "") {
            self.status = status
            self.output = output
        }

        /// Writes its members into an object that was begun.
        package func writeMembers(to json: inout JSONWriter) {
            json.member("status", string: Array(status.rawValue.utf8))
            if !output.isEmpty { json.member("output", string: Array(output.utf8)) }
        }
    }

    /// The service's name.
    public var service: String
    /// What tells it from the service's others: letters, digits, `.`, `_`, `-` and `:`.
    public var id: String
    /// An IP address or a host name.
    public var address: String
    /// 1 to 65,535.
    public var port: UInt16
    /// At most 64, without commas.
    public var tags: [String] = []
    /// At most 64; names are letters, digits, `.`, `_` and `-`.
    public var meta: [String: String] = [:]
    /// 1 to 256.
    public var weight = 1
    /// Without a report for so long it is critical, from 1 s to 30 d.
    public var timeToLive = Duration.seconds(15)
    /// It is gone so long after it became critical for want of reports.
    public var deregisterAfter = Duration.zero

    /// Without tags, of weight 1, critical and gone after fifteen seconds without a report.
    public init(service: String, id: String, address: String, port: UInt16) {
        self.service = service
        self.id = id
        self.address = address
        self.port = port
    }

    /// How often it has to be heard of, in milliseconds.
    package var intervalMilliseconds: UInt64 { max(timeToLive.wholeMilliseconds / 3, 1) }

    private var path: [UInt8] {
        var path = Call.path("/v1/services", segment: Array(service.utf8)) + [UInt8(ascii: "/")]
        PercentEncoding.append(component: Array(id.utf8), to: &path)
        return path
    }

    /// Registers it, or registers it anew: path and body of the `PUT`.
    package func registration(_ health: Health) -> (path: [UInt8], body: [UInt8]) {
        var json = JSONWriter()
        json.beginObject()
        json.member("address", string: Array(address.utf8))
        json.member("port", number: UInt64(port))
        json.name("tags")
        json.beginArray()
        for tag in tags { json.string(Array(tag.utf8)) }
        json.endArray()
        json.name("meta")
        json.beginObject()
        for name in meta.keys.sorted() {
            json.name(bytes: Array(name.utf8))
            json.string(Array((meta[name] ?? "").utf8))
        }
        json.endObject()
        json.member("weight", number: UInt64(clamping: weight))
        json.member("ttl", milliseconds: timeToLive.wholeMilliseconds)
        if deregisterAfter > .zero {
            json.member("deregister_after", milliseconds: deregisterAfter.wholeMilliseconds)
        }
        health.writeMembers(to: &json)
        json.endObject()
        return (path, json.output)
    }

    /// Tells how it is; 404 where it is not registered any more.
    package func report(_ health: Health) -> Call {
        var json = JSONWriter()
        json.beginObject()
        health.writeMembers(to: &json)
        json.endObject()
        return .repeatable(.put, path: path + Array("/health".utf8), body: json.output)
    }

    /// Takes it out of the registry: the path of the `DELETE`; 404 where it is out already.
    package var deregistrationPath: [UInt8] { path }
}
