internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// An instance as `roost register` registers it, and the calls that do.
struct Registration: Sendable {
    enum Status: String, Sendable { case passing, warning, critical }

    /// What is told of the instance's health.
    struct Health: Hashable, Sendable {
        var status: Status
        var output = ""

        func writeMembers(to json: inout JSONWriter) {
            json.member("status", string: Array(status.rawValue.utf8))
            if !output.isEmpty { json.member("output", string: Array(output.utf8)) }
        }
    }

    let service: [UInt8]
    let id: [UInt8]
    let address: [UInt8]
    let port: UInt64
    let tags: [String]
    let meta: [(name: [UInt8], value: [UInt8])]
    let weight: UInt64
    let timeToLiveMilliseconds: UInt64
    let deregisterAfterMilliseconds: UInt64

    private var path: [UInt8] {
        var path = Call.path("/v1/services", segment: service) + [UInt8(ascii: "/")]
        PercentEncoding.append(component: id, to: &path)
        return path
    }

    /// What people read: `web/n1 at 10.0.0.1:80`.
    var words: String {
        let host = String(decoding: address, as: UTF8.self)
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        return "\(String(decoding: service + [UInt8(ascii: "/")] + id, as: UTF8.self)) at \(place)"
    }

    /// How often it has to be heard of.
    var intervalMilliseconds: UInt64 { timeToLiveMilliseconds / 3 }

    func register(_ health: Health, with service: Service) throws(Failure) {
        var json = JSONWriter()
        json.beginObject()
        json.member("address", string: address)
        json.member("port", number: port)
        json.name("tags")
        json.beginArray()
        for tag in tags { json.string(Array(tag.utf8)) }
        json.endArray()
        json.name("meta")
        json.beginObject()
        for entry in meta {
            json.name(bytes: entry.name)
            json.string(entry.value)
        }
        json.endObject()
        json.member("weight", number: weight)
        json.member("ttl", milliseconds: timeToLiveMilliseconds)
        if deregisterAfterMilliseconds > 0 {
            json.member("deregister_after", milliseconds: deregisterAfterMilliseconds)
        }
        health.writeMembers(to: &json)
        json.endObject()
        _ = try service.write(.put, path: path, body: json.output)
    }

    /// Reports, and registers anew where the registration is gone.
    func report(_ health: Health, with service: Service) throws(Failure) {
        var json = JSONWriter()
        json.beginObject()
        health.writeMembers(to: &json)
        json.endObject()
        do throws(Failure) {
            _ = try service.repeatable(
                .put,
                path: path + Array("/health".utf8),
                body: json.output
            )
        } catch {
            guard error.exitCode == .notFound else { throw error }
            try register(health, with: service)
        }
    }

    /// One that is gone is as good.
    func deregister(with service: Service) throws(Failure) {
        do throws(Failure) { _ = try service.write(.delete, path: path) } catch {
            guard error.exitCode == .notFound else { throw error }
        }
    }
}
